export const USUAL_COLOR = '#2f5fe0'

/** How strongly two colors differ, as WCAG counts it: 1 to 21. */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** What is written on a color: of white and nearly black the one that can be read better. */
export function inkOn(color: string): string {
  return contrast(color, '#ffffff') >= contrast(color, '#10131a') ? '#ffffff' : '#10131a'
}

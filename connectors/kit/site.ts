import type { Line } from '#core/line.ts'

/** What the two channels that a site itself has share: origins of pages, and the line's own hash as its identity. */

/** As it stands in a setting: origins with commas between them. */
export function readOrigins(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => URL.parse(one)?.origin ?? one)
}

/** Says which of them is no origin; undefined if all are. */
export function originFault(value: string | undefined): string | undefined {
  const wrong = (value ?? '')
    .split(',')
    .map((one) => one.trim())
    .find((one) => one !== '' && !isOrigin(one))
  return wrong === undefined
    ? undefined
    : 'must be origins with commas between them: https://shop.example, https://www.shop.example'
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return false
  return `${url.pathname}${url.search}${url.hash}${url.username}` === '/'
}

/** Nothing else names what is connected, and nobody else can have it. */
export function hashOf({ webhookUrl }: Pick<Line, 'webhookUrl'>): string {
  return URL.parse(webhookUrl)?.searchParams.get('hash') ?? ''
}

/** Plain text in which what stands between backquotes is to be typed or looked for as it is. */
export function Rich({ text }: { readonly text: string }) {
  return (
    <>
      {text.split('`').map((piece, at) => (at % 2 === 1 ? <code key={at}>{piece}</code> : piece))}
    </>
  )
}

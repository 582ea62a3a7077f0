const MAX_TITLE = 400
const MAX_SHOWN = 300

/** A text that somebody else has chosen: of any length, in any direction, never markup. */
export function Name({
  text,
  class: more = '',
}: {
  readonly text: string
  readonly class?: string
}) {
  return (
    <bdi class={`cut ${more}`} dir="auto" title={text.slice(0, MAX_TITLE)}>
      {text.slice(0, MAX_SHOWN)}
    </bdi>
  )
}

/** Likewise, of several lines: it breaks where it must. */
export function Prose({ text }: { readonly text: string }) {
  return (
    <span class="prose" dir="auto">
      {text}
    </span>
  )
}

/** URL takes names with `*`, `;` and `,`, which mean something of their own in a Content-Security-Policy. */
const ORIGIN = /^https?:\/\/(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/

/** An origin as browsers write it, so that nothing else gets into the policy of a page. */
export function isOrigin(text: string): boolean {
  return ORIGIN.test(text) && URL.parse(text)?.origin === text
}

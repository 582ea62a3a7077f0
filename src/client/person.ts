/**
 * Is anything of a person other than when a portal has stored `storedVersion`, the `user.version` of an earlier event? Then
 * (or with nothing stored) the person's data, and the picture, are to be taken over anew. A hub that gives no version says yes.
 */
export function hasPersonChanged(
  person: { readonly version?: string },
  storedVersion: string | undefined,
): boolean {
  return person.version === undefined || person.version !== storedVersion
}

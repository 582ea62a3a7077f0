import { given } from '../../../core/given.ts'
import type { RenderedPerson } from '../../../core/stored-event.ts'
import { toPortalUser } from './portal-ids.ts'

/** A person as `imconnector.send.messages` takes one. */
export interface PortalUser {
  readonly id: string
  readonly name?: string
  readonly last_name?: string
  readonly title?: string
  readonly picture?: { readonly url: string }
  readonly url?: string
  readonly gender?: 'male' | 'female'
  readonly email?: string
  readonly phone?: string
  readonly skip_phone_validate?: 'Y'
}

/** The portal refuses longer names, and such with digits or emoji in them. */
const MAX_NAME = 25
const MIN_CUT = 8
const MAX_TITLE = 255

export function toPortalUserData(person: RenderedPerson): PortalUser {
  const { id, name, lastName, username, url, picture, sex, email, phone } = person
  const raw = [name, lastName].filter(Boolean).join(' ')
  const first = toPortalName(name)
  const last = toPortalName(lastName)
  // The name as it is, where the one the portal takes is another; it is shown where there is no name at all.
  const isWhole = [first, last].filter(Boolean).join(' ') === raw
  const title = isWhole && raw !== '' ? '' : (raw || (username ?? '')).slice(0, MAX_TITLE)
  return {
    id: toPortalUser(id),
    ...given({
      name: first,
      last_name: last,
      title,
      url: httpOnly(url),
      gender: sex,
      email,
      phone,
    }),
    ...(phone ? { skip_phone_validate: 'Y' as const } : {}),
    ...(picture && httpOnly(picture.url) ? { picture: { url: picture.url } } : {}),
  }
}

/** Letters, blanks, hyphens and apostrophes, at most 25 of them; empty if nothing is left. */
export function toPortalName(name = ''): string {
  const letters = name
    .normalize('NFC')
    .replaceAll('\u2019', "'")
    .replaceAll(/[^\p{L}\p{M} '-]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/^[ '-]+|[ '-]+$/g, '')
  if (letters.length <= MAX_NAME) return letters
  // At a word's end where that leaves something worth reading; never half a pair of surrogates.
  const end = letters.lastIndexOf(' ', MAX_NAME)
  const cut = letters.slice(0, end >= MIN_CUT ? end : MAX_NAME)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

export function httpOnly(url = ''): string {
  return /^https?:\/\//i.test(url) && URL.canParse(url) ? url : ''
}

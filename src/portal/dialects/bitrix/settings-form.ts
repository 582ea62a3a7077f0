import type { DoorLine } from '../../../core/dialect.ts'
import { MASK } from '../../../core/settings.ts'
import { entriesOf, type PhpValue, textOf } from './wire/php-value.ts'

/** The fields of the portal's own pages, by the field of ours that they are. */
const PAGE_FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  telegram: { token: 'api_token' },
  viber: { authToken: 'api_token' },
  botframework: { appId: 'app_id', appSecret: 'app_secret', botHandle: 'bot_handle' },
}

/** What a page shows in the place of a secret; whatever isn't empty means that it is there. */
const HIDDEN = '#HIDDEN#'
/** Addresses that people find a bot at. */
const KEPT_NAME = /^url_[a-z_]{1,28}$/
const MAX_KEPT = 2048
/** https://developers.viber.com/docs/api/rest-bot-api/#general-send-message-parameters: `sender.name` */
const VIBER_NAME_LENGTH = 28

export interface ReadForm {
  readonly settings: Readonly<Record<string, string>>
  /** What is the page's alone, such as the addresses that people find a bot at. */
  readonly kept: Readonly<Record<string, string>>
}

/**
 * Settings out of a page's form. A field may also go by our own name, or by that with underscores (`api_root`). What is left
 * empty, or comes back hidden, is not named.
 */
export function readForm(
  form: PhpValue | undefined,
  connector: string,
  known: ReadonlySet<string>,
): ReadForm {
  const ours = new Map(Object.entries(pageFieldsOf(connector)).map(([own, page]) => [page, own]))
  const given = entriesOf(form)
    .map(([name, value]) => ({ name, text: (textOf(value) ?? '').trim() }))
    .filter(({ text }) => text !== HIDDEN && text !== MASK)
    .map(({ name, text }) => {
      const own = ours.get(name) ?? (known.has(name) ? name : toCamelCase(name))
      return { name, own, text }
    })
  const settings = given.filter(({ own, text }) => known.has(own) && text !== '')
  const kept = given.filter(({ own, name }) => !known.has(own) && KEPT_NAME.test(name))
  return {
    settings: Object.fromEntries(settings.map(({ own, text }) => [own, text])),
    kept: Object.fromEntries(kept.map(({ name, text }) => [name, text.slice(0, MAX_KEPT)])),
  }
}

/** What a channel requires and the portal's page has no field for. */
export function missingOnPage(connector: string, portalName: string): ReadForm['settings'] {
  if (connector !== 'viber') return {}
  // Viber shows a name above each message: the company's, until somebody chooses another.
  // Cut at its length in UTF-16 units, a letter of two of them left whole.
  const name = portalName.trim().slice(0, VIBER_NAME_LENGTH)
  return { senderName: (name.isWellFormed() ? name : name.slice(0, -1)).trim() }
}

/** What is stored and may be shown, for a save that names only what has changed. */
export function storedOf({ settings }: DoorLine): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) =>
      value === null || value === MASK ? [] : [[key, value]],
    ),
  )
}

/** The settings as a page shows them: by its names, secrets hidden. */
export function toForm({ settings, connector }: DoorLine): Record<string, string> {
  const names = pageFieldsOf(connector)
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) =>
      value === null ? [] : [[names[key] ?? key, value === MASK ? HIDDEN : value]],
    ),
  )
}

function pageFieldsOf(connector: string): Readonly<Record<string, string>> {
  const [real = ''] = connector.split('.')
  return Object.hasOwn(PAGE_FIELDS, real) ? (PAGE_FIELDS[real] ?? {}) : {}
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

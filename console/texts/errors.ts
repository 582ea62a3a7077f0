import type { Language, Words } from '../../src/core/language.ts'
import { PROBLEMS } from './problems.ts'

/** What a refusal means for the reader. Where the hub says more than its code, its own words follow. */
const CODES: Readonly<Record<string, Words>> = {
  HUB_AWAY: {
    en: 'The hub does not answer. Check your connection.',
    ru: 'Хаб не отвечает. Проверьте подключение к сети.',
  },
  HUB_BAD_PARAMS: {
    en: 'Something is not filled in right. See the marked fields.',
    ru: 'Не всё заполнено верно. Проверьте отмеченные поля.',
  },
  HUB_BAD_SETTINGS: {
    en: 'Something is not filled in right. See the marked fields.',
    ru: 'Не всё заполнено верно. Проверьте отмеченные поля.',
  },
  HUB_FORBIDDEN: { en: 'You may not do this here.', ru: 'Здесь это делать нельзя.' },
  HUB_UNKNOWN_PORTAL: {
    en: 'This portal is not there any more.',
    ru: 'Такого портала больше нет.',
  },
  HUB_UNKNOWN_LINE: { en: 'This line is not there any more.', ru: 'Такой линии больше нет.' },
  HUB_UNKNOWN_PATH: { en: 'There is nothing here.', ru: 'Здесь ничего нет.' },
  HUB_UNKNOWN_SCRIPT: { en: 'There is no such script.', ru: 'Такого сценария нет.' },
  HUB_UNKNOWN_RECIPIENT: {
    en: 'This person has not written to the line.',
    ru: 'Этот человек ещё не писал в линию.',
  },
  HUB_IN_USE: {
    en: 'It is still used by something else, so it stays.',
    ru: 'Это ещё где-то используется, поэтому осталось на месте.',
  },
  HUB_WRONG_STATE: {
    en: 'Not possible in its present state.',
    ru: 'В нынешнем состоянии это невозможно.',
  },
  HUB_CONFLICT: {
    en: 'Somebody else has saved these settings in the meantime.',
    ru: 'Тем временем эти настройки сохранил кто-то другой.',
  },
  HUB_LINE_NOT_CONNECTED: {
    en: 'The line is not connected. Test it first.',
    ru: 'Линия не подключена. Сначала проверьте её.',
  },
  HUB_CHANNEL_REFUSED: { en: 'The channel refuses this.', ru: 'Канал отказывает.' },
  HUB_CHANNEL_UNREACHABLE: { en: 'The channel does not answer.', ru: 'Канал не отвечает.' },
  HUB_PORTAL_UNREACHABLE: { en: 'The portal does not answer.', ru: 'Портал не отвечает.' },
  HUB_UNSUPPORTED: { en: 'This channel can not do that.', ru: 'Этот канал такого не умеет.' },
  HUB_LIMIT: { en: 'Too much at once. Wait a moment.', ru: 'Слишком часто. Немного подождите.' },
  HUB_STORE_UNAVAILABLE: {
    en: 'The hub can not reach its store at the moment.',
    ru: 'Хранилище хаба сейчас недоступно.',
  },
  HUB_INTERNAL: { en: 'Something went wrong in the hub.', ru: 'В хабе что-то сломалось.' },
}

/** Codes whose words say everything; what the hub says besides would only repeat it. */
const ENOUGH: ReadonlySet<string> = new Set([
  'HUB_AWAY',
  'HUB_STORE_UNAVAILABLE',
  'HUB_UNKNOWN_PORTAL',
  'HUB_UNKNOWN_LINE',
  'HUB_UNKNOWN_RECIPIENT',
  'HUB_LIMIT',
])

interface Refusal {
  readonly code: string
  readonly message: string
}

export function refusalText({ code, message }: Refusal, language: Language): string {
  const words = CODES[code]?.[language]
  if (words === undefined) return message || code
  return ENOUGH.has(code) || message === '' ? words : `${words} (${message})`
}

const FORMS = PROBLEMS.map(([hub, words]) => ({ form: formOf(hub), words }))

function formOf(hub: string): RegExp {
  const parts = hub.split(/\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('([\\s\\S]+)')}$`)
}

/** What stands where a name in braces does, in the order of the hub's words. */
const namesIn = (hub: string): readonly string[] =>
  [...hub.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name)

/**
 * What is wrong with a field, in the reader's words. What nobody knows, as what an engine says of a piece of code, stays as it
 * is, and is shown as somebody's words. `labelOf` names another field.
 */
export function problemText(
  problem: string,
  language: Language,
  labelOf: (key: string) => string = (key) => key,
): string {
  for (const [at, { form, words }] of FORMS.entries()) {
    const found = form.exec(problem)
    if (!found) continue
    const names = namesIn(PROBLEMS[at]?.[0] ?? '')
    const values = new Map(names.map((name, index) => [name, found[index + 1] ?? '']))
    return words[language].replace(/\{([^}]*)\}/g, (_whole, name: string) => {
      const value = values.get(name) ?? ''
      if (name === 'field') return labelOf(value)
      return name === 'problem' ? problemText(value, language, labelOf) : value
    })
  }
  return UNKNOWN[language].replace('{problem}', () => problem)
}

const UNKNOWN: Words = { en: '{problem}', ru: 'Ответ: «{problem}»' }

/** Is it in the table? */
export function isKnownProblem(problem: string): boolean {
  return FORMS.some(({ form }) => form.test(problem))
}

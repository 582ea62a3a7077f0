import type { Language, Words } from '../../src/core/language.ts'
import type { ApiError } from '../api/http.ts'

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

export function refusalText({ code, message }: ApiError, language: Language): string {
  const words = CODES[code]?.[language]
  if (words === undefined) return message || code
  return ENOUGH.has(code) || message === '' ? words : `${words} (${message})`
}

const MISSING = 'is required'
const MISSING_WORDS: Words = { en: 'Please fill this in.', ru: 'Заполните это поле.' }

/** Problems of single fields, as the hub words them. */
const PROBLEMS: Readonly<Record<string, string>> = {
  'unknown field': 'такого поля нет',
  'must be text': 'должно быть текстом',
  'must be an http or https address': 'нужен адрес, начинающийся с http:// или https://',
  'must not hold a user name or password': 'в адресе не должно быть имени и пароля',
  'is empty': 'пусто',
  'is blank': 'пусто',
  'must be a list of steps': 'должно быть списком шагов',
  'must be hh:mm': 'нужно время вида чч:мм',
  'must be 1 to 64 characters a-z 0-9 _ . -': 'от 1 до 64 символов: a-z 0-9 _ . -',
  'is already taken': 'уже занято',
}

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^is longer than (\d+) characters$/, 'не больше $1 символов'],
  [/^must be at most (\d+) characters$/, 'не больше $1 символов'],
  [/^must be one of (.+)$/, 'нужно одно из: $1'],
  [/^is to be entered again, for (\S+) has changed$/, 'введите заново: изменилось поле $1'],
  [/^has the wrong form(.*)$/, 'не та форма$1'],
]

export function problemText(problem: string, language: Language): string {
  if (problem === MISSING) return MISSING_WORDS[language]
  if (language === 'en') return problem
  const known = PROBLEMS[problem]
  if (known !== undefined) return known
  const [pattern, words] = PATTERNS.find(([form]) => form.test(problem)) ?? []
  return pattern && words !== undefined ? problem.replace(pattern, words) : problem
}

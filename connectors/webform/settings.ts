import type { FieldFault } from '#core/errors.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { SettingField, SettingValues } from '#core/settings.ts'
import { originFault, readOrigins } from '#kit/site.ts'

/** What a field of the form may mean. */
export const TARGETS = ['name', 'phone', 'email', 'text'] as const
export type Target = (typeof TARGETS)[number]

export interface WebFormSettings {
  /** What the form's fields mean, by their names. */
  readonly fieldMap: ReadonlyMap<string, Target>
  readonly redirectUrl?: string
  /** Empty: pages of any site may post. */
  readonly origins: readonly string[]
  /** The name of a field that people don't see and leave empty. */
  readonly honeypot?: string
}

export const fields: readonly SettingField[] = [
  {
    key: 'fieldMap',
    label: 'What the fields mean',
    type: 'list',
    required: false,
    secret: false,
    isCosmetic: true,
    help: 'the form’s field = name, phone, email or text: your-name=name, tel=phone',
    ru: {
      label: 'Что значат поля',
      help: 'поле формы = name, phone, email или text: your-name=name, tel=phone',
    },
  },
  {
    key: 'redirectUrl',
    label: 'Page after sending',
    type: 'url',
    required: false,
    secret: false,
    isCosmetic: true,
    help: 'where the person is led; without it the answer is JSON',
    ru: { label: 'Страница после отправки', help: 'куда попадёт человек; без неё ответ — JSON' },
  },
  {
    key: 'origins',
    label: 'Sites',
    type: 'list',
    required: false,
    secret: false,
    isCosmetic: true,
    help: 'that may post here: https://shop.example; empty: any',
    ru: { label: 'Сайты', help: 'которым можно присылать: https://shop.example; пусто — любым' },
  },
  {
    key: 'honeypot',
    label: 'Trap for robots',
    type: 'text',
    required: false,
    secret: false,
    isCosmetic: true,
    pattern: '[\\w.\\[\\]-]{1,64}',
    help: 'the name of a hidden field: whoever fills it in is no person',
    ru: { label: 'Ловушка для роботов', help: 'имя скрытого поля: кто его заполнил — не человек' },
  },
]

export function parseSettings(values: SettingValues): WebFormSettings {
  const { redirectUrl = '', honeypot } = values
  return {
    fieldMap: new Map(readPairs(values['fieldMap']).filter(isKnown)),
    origins: readOrigins(values['origins']),
    // A header holds ASCII alone: names and paths of other letters go there as browsers send them.
    ...given({ redirectUrl: URL.parse(redirectUrl)?.href, honeypot }),
  }
}

export function checkSettings(values: SettingValues): readonly FieldFault[] {
  const faults: FieldFault[] = []
  const wrong = readPairs(values['fieldMap']).find((pair) => !isKnown(pair))
  if (wrong) {
    const problem = `"${wrong[0]}" must be given one of ${TARGETS.join(', ')}`
    faults.push({ field: 'fieldMap', problem })
  }
  const problem = originFault(values['origins'])
  if (problem !== undefined) faults.push({ field: 'origins', problem })
  return faults
}

type Pair = readonly [name: string, target: string]

/** `tel=phone, fio=name`, or the same as a JSON object. */
function readPairs(text = ''): Pair[] {
  const json = readObject(text)
  if (json) return Object.entries(json).map(([name, target]) => [name.trim(), String(target)])
  return text
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair): Pair => {
      const [name = '', target = ''] = pair.split(/\s*(?:=|→|:)\s*/)
      return [name, target]
    })
}

function readObject(text: string): Record<string, unknown> | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isKnown(pair: Pair): pair is readonly [string, Target] {
  return TARGETS.includes(pair[1] as Target)
}

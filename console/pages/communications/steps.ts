/** A step as it is written: one key names its kind. */
export type Step = Readonly<Record<string, unknown>>

export const STEP_KINDS = [
  'send',
  'waitReply',
  'wait',
  'tag',
  'set',
  'if',
  'sendTemplate',
  'run',
  'notify',
  'call',
  'code',
  'end',
] as const
export type StepKind = (typeof STEP_KINDS)[number]

export function kindOf(step: Step): StepKind | undefined {
  return STEP_KINDS.find((kind) => Object.hasOwn(step, kind))
}

const FRESH: Readonly<Record<StepKind, Step>> = {
  send: { send: { text: '' } },
  sendTemplate: { sendTemplate: { name: '', language: '' } },
  wait: { wait: 3600 },
  waitReply: { waitReply: { timeoutSec: 86_400 } },
  tag: { tag: { add: [] } },
  set: { set: {} },
  // Without `then`: what has one is taken for a promise; the form puts it in with the first step.
  if: { if: '' },
  call: { call: { url: '' } },
  code: { code: '' },
  run: { run: '' },
  notify: { notify: {} },
  end: { end: true },
}

/** A step to be filled in. */
export function freshStep(kind: StepKind): Step {
  return structuredClone(FRESH[kind])
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Readonly<Record<string, unknown>>) : {}
}

export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export function stepsOf(value: unknown): readonly Step[] {
  return Array.isArray(value) ? (value as readonly Step[]) : []
}

/** With one field changed; what is undefined or empty text is left out. */
export function withField(
  object: Readonly<Record<string, unknown>>,
  key: string,
  value: unknown,
): Readonly<Record<string, unknown>> {
  const { [key]: _, ...rest } = object
  return value === undefined || value === '' ? rest : { ...object, [key]: value }
}

/** Tags of a step: one, or a list. */
export function tagsOf(value: unknown): string {
  return Array.isArray(value) ? value.map(textOf).join(', ') : textOf(value)
}

export function moved<T>(list: readonly T[], from: number, by: -1 | 1): readonly T[] {
  const to = from + by
  const [one, other] = [list[from], list[to]]
  if (one === undefined || other === undefined) return list
  return list.map((item, at) => (at === from ? other : at === to ? one : item))
}

/** Buttons of one text each, one below the other: all that a field of lines can show. */
export function simpleButtons(value: unknown): readonly string[] | undefined {
  if (value === undefined) return []
  if (!Array.isArray(value)) return undefined
  const texts = value.map((row: unknown) => {
    const [button, ...more] = Array.isArray(row) ? (row as unknown[]) : []
    const { text, ...rest } = objectOf(button)
    const isSimple = typeof text === 'string' && more.length === 0 && Object.keys(rest).length === 0
    return isSimple ? text : undefined
  })
  return texts.every((text) => text !== undefined) ? texts : undefined
}

/** Files of an address each. */
export function simpleFiles(value: unknown): readonly string[] | undefined {
  if (value === undefined) return []
  if (!Array.isArray(value)) return undefined
  const urls = value.map((file: unknown) => {
    const { url, ...rest } = objectOf(file)
    return typeof url === 'string' && Object.keys(rest).length === 0 ? url : undefined
  })
  return urls.every((url) => url !== undefined) ? urls : undefined
}

/** Lines as they are typed: empty ones are dropped only when the step is saved. */
export const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.split('\n'))

/** Steps as they are sent: lines that hold nothing are gone. */
export function cleanSteps(steps: readonly Step[]): readonly Step[] {
  return steps.map((step) => {
    const cleaned = Object.entries(step).map(
      ([key, value]) => [key, cleanPart(key, value)] as const,
    )
    return Object.fromEntries(cleaned)
  })
}

function cleanPart(key: string, value: unknown): unknown {
  if (key === 'then' || key === 'else' || key === 'onError') {
    return Array.isArray(value) ? cleanSteps(value as Step[]) : value
  }
  if (key === 'send') return cleanMessage(objectOf(value), value)
  const { onTimeout, onError, ...rest } = objectOf(value)
  if (key === 'waitReply' && Array.isArray(onTimeout)) {
    return { ...rest, onTimeout: cleanSteps(onTimeout as Step[]) }
  }
  if (key === 'call' && Array.isArray(onError)) {
    return { ...rest, onError: cleanSteps(onError as Step[]) }
  }
  return value
}

function cleanMessage(message: Readonly<Record<string, unknown>>, value: unknown): unknown {
  const buttons = simpleButtons(message['buttons'])
  const files = simpleFiles(message['files'])
  if (!buttons && !files) return value
  const kept = (lines: readonly string[]) =>
    lines.map((one) => one.trim()).filter((one) => one !== '')
  const some = <T>(list: readonly T[]) => (list.length > 0 ? list : undefined)
  let cleaned = message
  if (buttons)
    cleaned = withField(cleaned, 'buttons', some(kept(buttons).map((text) => [{ text }])))
  if (files) cleaned = withField(cleaned, 'files', some(kept(files).map((url) => ({ url }))))
  return cleaned
}

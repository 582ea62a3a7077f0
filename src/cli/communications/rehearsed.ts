import { isRecord } from '../../core/json.ts'
import { formatAge } from '../age.ts'

interface Told {
  readonly state: 'done' | 'failed'
  readonly actions: readonly { readonly kind: string; readonly [name: string]: unknown }[]
  readonly error?: { readonly code: string; readonly message: string }
}

/** In plain words what a script would do, a line each. */
export function tellRehearsal({ state, actions, error }: Told): string[] {
  const told = actions.map((action, index) => `${index + 1}. ${tell(action)}`)
  const end = state === 'done' ? 'Then it is done.' : `Then it fails: ${describe(error)}`
  return [...(told.length === 0 ? ['It does nothing.'] : told), end, 'Nothing was sent.']
}

function describe(error: Told['error']): string {
  return error === undefined ? 'nobody knows why' : `${error.code}: ${error.message}`
}

function tell(action: Told['actions'][number]): string {
  const teller = TELLERS[action.kind]
  return teller ? teller(action) : `${action.kind} ${JSON.stringify(action)}`
}

type Fields = Readonly<Record<string, unknown>>

const TELLERS: Readonly<Record<string, (action: Fields) => string>> = {
  send: ({ message }) => `sends ${isRecord(message) ? tellMessage(message) : ''}`,
  sendTemplate: ({ template }) => `sends the template ${tellTemplate(template)}`,
  change: tellChange,
  notify: ({ data }) => `tells the portal ${JSON.stringify(data)}`,
  bot: ({ call }) => tellBot(isRecord(call) ? call : {}),
  wait: ({ seconds }) => `waits ${formatAge(Number(seconds) * 1000)}`,
  waitReply: ({ seconds }) =>
    `waits up to ${formatAge(Number(seconds) * 1000)} for an answer; here nobody answers`,
  call: ({ request }) => tellCall(isRecord(request) ? request : {}),
}

function tellMessage({ text, ...rest }: Fields): string {
  const parts = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  return [...(text === undefined ? [] : [JSON.stringify(text)]), ...parts].join(', with ')
}

function tellTemplate(template: unknown): string {
  if (!isRecord(template)) return ''
  const { name, language, ...rest } = template
  const more = Object.keys(rest).length === 0 ? '' : `: ${JSON.stringify(rest)}`
  return `${name} (${language})${more}`
}

function tellChange({ addTags, removeTags, attributes }: Fields): string {
  const parts = [
    ...(isFilled(addTags) ? [`adds the tags ${addTags.join(', ')}`] : []),
    ...(isFilled(removeTags) ? [`removes the tags ${removeTags.join(', ')}`] : []),
    ...Object.entries(isRecord(attributes) ? attributes : {}).map(([name, value]) =>
      value === null ? `removes ${name}` : `sets ${name} to ${JSON.stringify(value)}`,
    ),
  ]
  return parts.length === 0 ? 'changes nothing' : parts.join(', ')
}

function isFilled(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0
}

function tellBot({ kind, what, ref, lead, person, params, job }: Fields): string {
  if (kind === 'scheduleJob') return `schedules a job ${JSON.stringify(job)}`
  const whom = lead === undefined ? `person ${person}` : `recipient ${lead}`
  const isGiven = isRecord(params) && Object.keys(params).length > 0
  return `runs ${what} ${ref} for ${whom}${isGiven ? ` with ${JSON.stringify(params)}` : ''}`
}

function tellCall({ method, url, body }: Fields): string {
  const with_ = body === undefined ? '' : ` with ${JSON.stringify(body)}`
  return `calls ${method} ${url}${with_}; here it is not made`
}

import type { DialectDescriptor } from '../core/dialect.ts'
import type { Portal } from '../core/portal.ts'
import type { SettingField } from '../core/settings.ts'
import { dialects } from '../portal/dialects/index.ts'
import { CommandError, print, readConfig, table } from './context.ts'

/** `hub portal dialects [id]`: what there is to be known before a portal is added. */
export function showDialects(id: string | undefined, isJson: boolean): void {
  if (id === undefined) {
    const all = dialects.map((one) => ({ id: one.id, title: one.title }))
    const rows = all.map((one) => [one.id, one.title])
    print(isJson, all, `${table(['DIALECT', 'PORTALS'], rows)}\n\nMore: hub portal dialects <id>`)
    return
  }
  const dialect = dialects.find((one) => one.id === id)
  if (!dialect) {
    const known = dialects.map((one) => one.id).join(', ')
    throw new CommandError(`there is no dialect ${id}; there are ${known}`)
  }
  const { title, fields } = dialect
  const nextSteps = dialect.nextSteps?.(EXAMPLE, { publicUrl: publicUrl() }) ?? []
  print(isJson, { id, title, fields, nextSteps }, describe(dialect, nextSteps))
}

const EXAMPLE: Portal = {
  id: 'prt_…',
  name: 'Example',
  url: 'https://portal.example',
  dialect: '',
  format: { text: 'bbcode', emoji: 'shortname' },
  language: 'en',
  settings: {},
  secrets: [],
}

function publicUrl(): string {
  const { publicUrl: url, host, port } = readConfig()
  return url ?? `http://${host}:${port}`
}

function describe({ id, title, fields }: DialectDescriptor, nextSteps: readonly string[]): string {
  const required = fields.filter((field) => field.required)
  const sets = required.map(({ key }) => ` --set ${key}=…`).join('')
  return [
    `${id}: ${title}`,
    ...(fields.length === 0 ? [] : ['Fields:', fields.map(describeField).join('\n')]),
    `hub portal add "My portal" https://portal.example --dialect ${id}${sets}\nSecrets are better given in a file, or by stdin: --set-file`,
    ...(nextSteps.length === 0 ? [] : ['At the portal:', numbered(nextSteps)]),
  ].join('\n\n')
}

function describeField(field: SettingField): string {
  const { key, label, required, secret, help, options } = field
  const marks = [required ? 'required' : 'optional', ...(secret ? ['secret'] : [])].join(', ')
  const choices = options ? ` One of ${options.join(', ')}.` : ''
  return `  ${key} (${marks}): ${label}${help ? `; ${help}` : ''}.${choices}`
}

/** Steps, a number each. */
export function numbered(steps: readonly string[]): string {
  return steps.map((step, index) => `${index + 1}. ${step.split('\n').join('\n   ')}`).join('\n\n')
}

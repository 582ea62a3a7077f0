import type { DoorLine } from '../../../core/dialect.ts'
import type { FieldFault } from '../../../core/errors.ts'
import type { Portal } from '../../../core/portal.ts'
import { escapeHtml, note } from './html.ts'
import type { KnownConnector, KnownField } from './register.ts'
import { type Words, wordsFor } from './words.ts'

export interface SettingsView {
  readonly portal: Portal
  readonly connector: KnownConnector
  /** As the portal numbers it. */
  readonly line: string
  readonly token: string
  readonly known?: DoorLine
  /** What was just entered; no secrets. */
  readonly entered?: Readonly<Record<string, string>>
  readonly faults?: readonly FieldFault[]
  readonly message?: { readonly text: string; readonly isBad: boolean }
}

/** A field's name in the form. */
export const FIELD = 'field_'

/** The form of one line, with what is known of it. Everything that comes from outside is escaped here. */
export function settingsForm(view: SettingsView): string {
  const { portal, connector, line, token, known, message, faults = [] } = view
  const words = wordsFor(portal.language)
  const shown = new Set(connector.fields.map(({ key }) => key))
  const others = faults.filter(({ field }) => !shown.has(field))
  return [
    `<h2>${escapeHtml(connector.title)}</h2>`,
    `<p>${escapeHtml(words.line)}: <strong>${escapeHtml(line)}</strong>. ${stateOf(known, words)}</p>`,
    message ? note(message.text, message.isBad) : '',
    ...others.map(({ field, problem }) => note(`${field}: ${problem}`, true)),
    webhookHelp(view, words),
    '<form method="post" autocomplete="off">',
    hidden('hub_token', token),
    ...connector.fields.map((field) => fieldHtml(field, view, words)),
    `<button name="hub_action" value="save">${escapeHtml(words.connect)}</button>`,
    known && known.status !== 'disconnected'
      ? `<button class="quiet" name="hub_action" value="disconnect" formnovalidate>${escapeHtml(words.disconnect)}</button>`
      : '',
    '</form>',
  ].join('')
}

/** Where the portal did not say which channel it is about. */
export function chooserForm(
  portal: Portal,
  connectors: readonly KnownConnector[],
  token: string,
): string {
  const words = wordsFor(portal.language)
  const options = connectors.map(
    ({ id, title }) => `<option value="${escapeHtml(id)}">${escapeHtml(title)}</option>`,
  )
  return [
    '<form method="post">',
    hidden('hub_token', token),
    `<label for="connector">${escapeHtml(words.chooseConnector)}</label>`,
    `<select id="connector" name="hub_connector">${options.join('')}</select>`,
    '<button name="hub_action" value="choose">OK</button></form>',
  ].join('')
}

function stateOf(known: DoorLine | undefined, words: Words): string {
  const state = words.states[known?.status ?? 'disconnected'] ?? ''
  const name = known?.name ?? known?.identity
  const account = name && known?.status === 'connected' ? ` (${name})` : ''
  return escapeHtml(`${words.stateLabel}: ${state}${account}`)
}

/** Where the channel has no API for it, a person has to enter the address there. */
function webhookHelp({ connector, known }: SettingsView, words: Words): string {
  if (connector.capabilities.webhookInstall || !known) return ''
  return `<p>${escapeHtml(words.webhook)}: <code>${escapeHtml(known.webhookUrl)}</code></p>`
}

function fieldHtml(
  field: KnownField,
  { known, entered = {}, faults = [] }: SettingsView,
  words: Words,
): string {
  const { key, label, help, secret } = field
  const id = `${FIELD}${key}`
  const stored = known?.settings[key] ?? ''
  const fault = faults.find((one) => one.field === key)
  const described = [help ? `${id}_help` : '', fault ? `${id}_fault` : ''].filter(Boolean).join(' ')
  const isStored = stored !== ''
  const isRequired = field.required && !field.isGenerated && !(secret && isStored)
  const attributes = [
    `id="${id}" name="${id}"`,
    described && `aria-describedby="${described}"`,
    fault && 'aria-invalid="true"',
    isRequired && 'required',
  ].filter(Boolean)
  const value = secret ? '' : (entered[key] ?? stored)
  const mark = isRequired ? ` (${words.required})` : ''
  return [
    `<label for="${id}">${escapeHtml(label + mark)}</label>`,
    help ? `<p class="help" id="${id}_help">${escapeHtml(help)}</p>` : '',
    fault ? `<p class="fault" id="${id}_fault">${escapeHtml(fault.problem)}</p>` : '',
    inputHtml(field, { value, attributes: attributes.join(' '), isStored }, words),
  ].join('')
}

function inputHtml(
  field: KnownField,
  { value, attributes, isStored }: { value: string; attributes: string; isStored: boolean },
  words: Words,
): string {
  const chosen = value || (field.default ?? '')
  if (field.type === 'select' && field.options) {
    const options = (field.required || chosen ? field.options : ['', ...field.options]).map(
      (option) =>
        `<option${option === chosen ? ' selected' : ''} value="${escapeHtml(option)}">${escapeHtml(option)}</option>`,
    )
    return `<select ${attributes}>${options.join('')}</select>`
  }
  const type = field.secret ? 'password' : field.type === 'url' ? 'url' : 'text'
  const hint = field.secret && isStored ? words.keepSecret : ''
  const placeholder = hint ? ` placeholder="${escapeHtml(hint)}"` : ''
  return `<input type="${type}" autocomplete="off" maxlength="4096" ${attributes} value="${escapeHtml(field.secret ? '' : chosen)}"${placeholder}>`
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`
}

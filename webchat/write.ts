import { element, icon } from './dom.ts'
import type { Texts } from './texts.ts'

const SEND_ICON = 'M5 12h13M12 5l7 7-7 7'
const CLIP_ICON =
  'M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4L14.500 7.200'
const ACCEPTED = 'image/*,.pdf,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.odt,.ods,.rtf,.txt,.csv,.zip'
/** What the hub takes of one message. */
const MOST_SIGNS = 10_000
/** How often the company is told that somebody writes. */
const TYPING_MS = 5000

export interface Composer {
  readonly form: HTMLFormElement
  focus(): void
}

export interface Written {
  onText(text: string): void
  onTyping(): void
  onFile(file: File): Promise<void>
}

/** Where messages are written: Enter sends, with Shift it begins a line. */
export function makeComposer(texts: Texts, written: Written): Composer {
  const form = element('form', { class: 'write' })
  const field = element('textarea', {
    rows: '1',
    dir: 'auto',
    placeholder: texts.write,
    'aria-label': texts.label,
    maxlength: String(MOST_SIGNS),
    enterkeyhint: 'send',
  })
  const send = element('button', { class: 'tool send', 'aria-label': texts.send }, icon(SEND_ICON))
  let toldAt = 0
  const grow = (): void => {
    field.style.height = 'auto'
    field.style.height = `${field.scrollHeight + 2}px`
  }
  const submit = (): void => {
    const text = field.value.trim()
    if (text === '') return
    field.value = ''
    grow()
    toldAt = 0
    written.onText(text)
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    submit()
    field.focus()
  })
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    submit()
  })
  field.addEventListener('input', () => {
    grow()
    if (field.value.trim() === '' || Date.now() - toldAt < TYPING_MS) return
    toldAt = Date.now()
    written.onTyping()
  })
  form.append(...makeClip(texts, written), field, send)
  return { form, focus: () => field.focus() }
}

function makeClip(texts: Texts, { onFile }: Written): HTMLElement[] {
  const input = element('input', { type: 'file', accept: ACCEPTED, hidden: true })
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    input.value = ''
    if (file) void onFile(file)
  })
  const clip = element('button', { class: 'tool', type: 'button', 'aria-label': texts.attach })
  clip.append(icon(CLIP_ICON))
  clip.addEventListener('click', () => input.click())
  return [input, clip]
}

/** Asks who writes before anything is written. */
export function makeAsk(
  texts: Texts,
  withContact: boolean,
  onAnswer: (name: string, contact: string) => void,
): HTMLFormElement {
  const form = element('form', { class: 'ask' })
  const name = element('input', {
    required: true,
    dir: 'auto',
    maxlength: '100',
    autocomplete: 'name',
  })
  const contact = element('input', { required: true, maxlength: '200', autocomplete: 'email' })
  form.append(element('label', {}, texts.name, name))
  if (withContact) form.append(element('label', {}, texts.contact, contact))
  form.append(element('button', {}, texts.start))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (name.value.trim() !== '') onAnswer(name.value.trim(), contact.value.trim())
  })
  return form
}

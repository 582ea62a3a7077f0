import { element, icon, isSafe, link, plainText, richText } from './dom.ts'
import type { Texts } from './texts.ts'
import type { ChatButton, Message } from './types.ts'

const FILE_ICON = 'M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5'

export interface RowLook {
  readonly texts: Texts
  readonly language: string
  readonly isDayShown: boolean
  onButton(button: ChatButton): void
}

/** A message with everything that belongs to it. */
export function messageRow(message: Message, look: RowLook): HTMLElement {
  const { isMine, text, rich, files = [] } = message
  const row = element('div', { class: isMine ? 'row mine' : 'row' })
  if (isMine) row.append(element('span', { class: 'hidden' }, `${look.texts.you}: `))
  const bubble = element('div', { class: 'bubble', dir: 'auto' })
  bubble.append(...(rich ? richText(rich) : plainText(text)))
  for (const { name, url } of files) {
    const shown = isSafe(url) ? link(url, name) : element('span', {}, name)
    bubble.append(element('div', { class: 'file' }, icon(FILE_ICON), shown))
  }
  row.append(bubble)
  const choices = choicesOf(message, look)
  if (choices) row.append(choices)
  const meta = metaOf(message, look)
  if (meta !== '') row.append(element('div', { class: 'meta' }, meta))
  if (!look.isDayShown) return row
  const day = new Date(message.date).toLocaleDateString(look.language, {
    day: 'numeric',
    month: 'long',
  })
  const whole = element('div', {}, element('div', { class: 'day' }, day), row)
  whole.style.cssText = 'display:flex;flex-direction:column'
  return whole
}

function choicesOf({ buttons = [] }: Message, look: RowLook): HTMLElement | undefined {
  const all = buttons.flat()
  if (all.length === 0) return undefined
  const choices = element('div', { class: 'choices' })
  for (const button of all) {
    const { text, url } = button
    if (isSafe(url)) {
      const made = link(url, text)
      made.className = 'choice'
      choices.append(made)
    } else {
      const made = element('button', { class: 'choice', type: 'button', dir: 'auto' }, text)
      made.addEventListener('click', () => look.onButton(button))
      choices.append(made)
    }
  }
  return choices
}

function metaOf({ date, state, isRead, isEdited }: Message, { texts, language }: RowLook): string {
  if (state) return texts[state]
  const time =
    date && new Date(date).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' })
  return [time, isEdited && texts.edited, isRead && texts.read].filter(Boolean).join(' · ')
}

export function sameDay(one: string, other: string | undefined): boolean {
  return (
    other !== undefined &&
    other !== '' &&
    new Date(one).toDateString() === new Date(other).toDateString()
  )
}

import type { Era } from '../../../src/portal/dialects/bitrix/era.ts'
import {
  deepMemberOf,
  isTruthy,
  memberOf,
  type PhpValue,
  textOf,
  valuesOf,
} from '../../../src/portal/dialects/bitrix/wire/php-value.ts'

/** A post of the hub's whose signature was right, or which was taken all the same. */
export interface Posted {
  readonly command: string
  readonly connector: string
  readonly line: string
  readonly items: readonly PhpValue[]
}

/** What the portal shows its operators. */
export interface Shown {
  readonly type: string
  readonly connector: string
  readonly line: string
  readonly userId: string
  readonly chatId: string
  readonly messageId?: string
  readonly text?: string
  /** Addresses of the files that it could load. */
  readonly files: readonly string[]
  readonly item: PhpValue
}

const NEW_TYPES = new Set(['message', 'message_update', 'message_del', 'post', 'post_update'])
const TEXT_ATTACHMENTS = ['location', 'contact', 'wall'] as const

/** Tells whether a file can be had. */
type Load = (url: string) => Promise<boolean>

/**
 * Takes an item of `receivingMessage` by the module's rules. What doesn't fit them is dropped without a word: undefined.
 */
export async function takeItem(
  item: PhpValue,
  { connector, line }: Pick<Posted, 'connector' | 'line'>,
  era: Era,
  load: Load,
): Promise<Shown | undefined> {
  const userId = textOf(deepMemberOf(item, 'user', 'id')) ?? ''
  const chatId = textOf(deepMemberOf(item, 'chat', 'id')) ?? ''
  // A person without an id the old module drops; the new one makes one person of all of those.
  const hasUser = memberOf(item, 'user') !== undefined && (userId !== '' || era === '2026')
  if (!hasUser || chatId === '') return undefined
  const rawType = textOf(memberOf(item, 'type_message')) ?? 'message'
  const type = era === '2019' ? rawType : rawType.toLowerCase()
  const base = { type, connector, line, userId, chatId, item, files: [] }
  if (NEW_TYPES.has(type)) return await takeMessage(base, load)
  return era === '2026' && isTakenByNew(base) ? base : undefined
}

function isTakenByNew({ type, connector, chatId, userId }: Shown): boolean {
  if (type === 'typing_start') return true
  if (type !== 'command_start') return false
  return connector === 'telegrambot' && /^\d+$/.test(chatId) && chatId === userId
}

async function takeMessage(base: Shown, load: Load): Promise<Shown | undefined> {
  const { item, type } = base
  const messageId = textOf(deepMemberOf(item, 'message', 'id'))
  if (messageId === undefined) return undefined
  if (type === 'message_del') return { ...base, messageId }
  const files: string[] = []
  for (const file of valuesOf(deepMemberOf(item, 'message', 'files'))) {
    const url = textOf(memberOf(file, 'url'))
    if (url !== undefined && (await load(url))) files.push(url)
  }
  const text = shownText(item)
  const isShown = text !== '' || (files.length > 0 && type !== 'message_update')
  return isShown ? { ...base, messageId, files, text } : undefined
}

function shownText(item: PhpValue): string {
  const own = textOf(deepMemberOf(item, 'message', 'text')) ?? ''
  const attachments = valuesOf(deepMemberOf(item, 'message', 'attachments'))
  const more = attachments.flatMap((attachment) =>
    TEXT_ATTACHMENTS.filter((kind) => isTruthy(memberOf(attachment, kind))).map(
      (kind) => `\n(${kind})`,
    ),
  )
  const isBig = isTruthy(deepMemberOf(item, 'message', 'failed_big_file'))
  return `${isBig ? '(too large)' : ''}${own}${more.join('')}`
}

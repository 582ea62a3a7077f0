import { randomUUID } from 'node:crypto'

/** An `error` of the API. */
export class VkRefusal extends Error {
  override name = 'VkRefusal'
  readonly code: number
  constructor(code: number, words: string) {
    super(words)
    this.code = code
  }
}

export interface FakeServer {
  readonly id: number
  url: string
  title: string
  secretKey: string
  status: 'ok' | 'wait' | 'failed' | 'unconfigured'
  events: Readonly<Record<string, string>>
}

export interface SentMessage {
  readonly id: number
  readonly cmid: number
  readonly peerId: string
  readonly randomId: string
  params: Readonly<Record<string, string>>
  isDeleted: boolean
}

export interface Community {
  readonly id: number
  readonly name: string
  token: string
  permissions: string[]
  /** Changes with every change of a server, as VK's does. */
  code: string
  readonly servers: FakeServer[]
  readonly messages: SentMessage[]
  readonly cmids: Map<string, number>
  /** People who let the community write nothing. */
  readonly deniedBy: Set<string>
  longPoll: {
    isOn: boolean
    key: string
    readonly events: object[]
    forgottenBefore: number
    /** Kinds of events, switched on by 1. */
    kinds: Readonly<Record<string, string>>
  }
}

export function createCommunity(community: { id: number; name: string; token: string }): Community {
  return {
    ...community,
    permissions: ['messages', 'manage', 'photos', 'docs'],
    code: newCode(),
    servers: [],
    messages: [],
    cmids: new Map(),
    deniedBy: new Set(),
    longPoll: { isOn: false, key: randomUUID(), events: [], forgottenBefore: 0, kinds: {} },
  }
}

export function newCode(): string {
  return randomUUID().slice(0, 8)
}

export function nextCmid(community: Community, peerId: string): number {
  const cmid = (community.cmids.get(peerId) ?? 0) + 1
  community.cmids.set(peerId, cmid)
  return cmid
}

const TEXT_LIMIT = 9000

/** `messages.send` to one conversation; the same `random_id` again gives the message that there is. */
export function takeMessage(
  community: Community,
  peerId: string,
  params: Readonly<Record<string, string>>,
): SentMessage {
  const { random_id: randomId = '0', message = '', attachment = '' } = params
  const known = community.messages.find(
    (one) => one.peerId === peerId && one.randomId === randomId && randomId !== '0',
  )
  if (known) return known
  if (community.deniedBy.has(peerId)) {
    throw new VkRefusal(901, "Can't send messages for users without permission")
  }
  checkMessage(community, peerId, params)
  if (message.trim() === '' && attachment === '') {
    throw new VkRefusal(100, 'One of the parameters specified was missing or invalid: message')
  }
  const cmid = nextCmid(community, peerId)
  const id = 70 + community.messages.length
  const sent = { id, cmid, peerId, randomId, params, isDeleted: false }
  community.messages.push(sent)
  return sent
}

function checkMessage(
  community: Community,
  peerId: string,
  params: Readonly<Record<string, string>>,
): void {
  const { message = '', attachment = '', keyboard, forward, format_data: format } = params
  if (message.length > TEXT_LIMIT) throw new VkRefusal(914, 'Message is too long')
  if (attachment.split(',').length > 10) throw new VkRefusal(100, 'too many attachments')
  if (keyboard !== undefined) checkKeyboard(keyboard)
  if (forward !== undefined) checkForward(community, peerId, forward)
  if (format !== undefined) checkFormat(message, format)
}

interface Keyboard {
  readonly inline?: boolean
  readonly buttons: readonly { readonly action: Readonly<Record<string, string>> }[][]
}

function checkKeyboard(text: string): void {
  const { inline, buttons } = JSON.parse(text) as Keyboard
  const [rows, all] = inline ? [6, 10] : [10, 40]
  const isGood =
    buttons.length <= rows &&
    buttons.flat().length <= all &&
    buttons.every((row) => row.length >= 1 && row.length <= 5) &&
    buttons.flat().every(({ action: { type = '', label = '', payload = '', link } }) => {
      const isKnown = ['text', 'callback', 'open_link'].includes(type)
      const isLink = type !== 'open_link' || (link !== undefined && URL.canParse(link))
      return isKnown && isLink && label.length >= 1 && label.length <= 40 && payload.length <= 255
    })
  if (!isGood) throw new VkRefusal(911, 'Keyboard format is invalid')
}

function checkForward(community: Community, peerId: string, text: string): void {
  const forward = JSON.parse(text) as { peer_id: number; conversation_message_ids: number[] }
  const last = community.cmids.get(peerId) ?? 0
  const isThere = forward.conversation_message_ids.every((cmid) => cmid <= last)
  if (String(forward.peer_id) !== peerId || !isThere) {
    throw new VkRefusal(921, "Can't forward these messages")
  }
}

function checkFormat(message: string, text: string): void {
  const { version, items } = JSON.parse(text) as {
    version: number
    items: { type: string; offset: number; length: number }[]
  }
  const isGood = items.every(
    ({ type, offset, length }) =>
      ['bold', 'italic', 'underline', 'url'].includes(type) &&
      offset >= 0 &&
      length > 0 &&
      offset + length <= message.length,
  )
  if (version !== 1 || !isGood) throw new VkRefusal(100, 'format_data is invalid')
}

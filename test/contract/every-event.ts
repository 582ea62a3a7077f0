import type { PortalEvent } from '../../src/core/stored-event.ts'

const at = '2026-11-20T09:07:36.000Z'
const user = { id: '55', name: 'Ann', lastName: 'Lee', picture: { url: 'https://hub.example/p' } }
const chat = { id: '55', name: 'Ann', kind: 'private' } as const
const base = { at, user, chat }
const run = {
  at,
  run: 'brn_00000000002',
  broadcast: 'sale',
  total: 10,
  queued: 1,
  sent: 2,
  delivered: 2,
  read: 1,
  failed: 1,
  skipped: 1,
  blocked: 1,
  outsideWindow: 1,
}

/** One event of each type of PROTOCOL §7 and of the hub's own; the compiler sees to it that none is forgotten. */
const BY_TYPE: { readonly [T in PortalEvent['type']]: PortalEvent & { readonly type: T } } = {
  'message.new': {
    ...base,
    type: 'message.new',
    message: {
      id: '1',
      date: at,
      text: '[b]Hello[/b] :wave:',
      files: [{ url: 'https://hub.example/files/x', kind: 'image', name: 'a.jpg', size: 3 }],
      replyTo: { id: '0', text: 'Hi' },
      location: { latitude: 52.5, longitude: 13.4, title: 'Here' },
      contact: { name: 'Bob', phone: '+49301234' },
    },
  },
  'message.updated': { ...base, type: 'message.updated', message: { id: '1', text: 'Hello!' } },
  'message.deleted': { ...base, type: 'message.deleted', message: { id: '1' } },
  'message.status': {
    at,
    chat,
    type: 'message.status',
    status: 'failed',
    messageIds: ['9'],
    out: 'out_1',
    key: 'order-17',
    error: { code: '403', message: 'blocked' },
  },
  reaction: { ...base, type: 'reaction', message: { id: '1' }, added: [':heart:'], removed: [] },
  button: { ...base, type: 'button', payload: 'yes', text: 'Yes', message: { id: '1' } },
  'chat.started': { ...base, type: 'chat.started', ref: 'summer' },
  'chat.blocked': { ...base, type: 'chat.blocked' },
  'chat.unblocked': { ...base, type: 'chat.unblocked' },
  'chat.read': { ...base, type: 'chat.read' },
  'chat.typing': { ...base, type: 'chat.typing' },
  unsupported: { ...base, type: 'unsupported', kind: 'poll', message: { id: '2' } },
  'script.notify': {
    at,
    type: 'script.notify',
    lead: 135,
    chat: { id: '55' },
    script: 'welcome',
    data: { order: 17, tags: ['vip'] },
  },
  'job.finished': {
    at,
    type: 'job.finished',
    job: 'job_00000000007',
    state: 'failed',
    lead: 135,
    error: { code: 'HUB_SCRIPT_CALL', message: 'steps[2].call: answered 500' },
  },
  'broadcast.progress': { ...run, type: 'broadcast.progress', state: 'running' },
  'broadcast.finished': { ...run, type: 'broadcast.finished', state: 'done' },
  'dialog.interrupted': {
    at,
    type: 'dialog.interrupted',
    chat: { id: '55' },
    by: { notification: 3, task: 'ntf_00000000009' },
  },
  'notification.result': {
    at,
    type: 'notification.result',
    task: 'ntf_00000000009',
    notification: 3,
    chat: { id: '55' },
    state: 'failed',
    result: { description: 'channel error 131026', channel_response: null },
  },
}

export const EVERY_EVENT: readonly PortalEvent[] = Object.values(BY_TYPE)

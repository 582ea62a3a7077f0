import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LocalServer, readBody } from '../helpers/local-server.ts'
import { FaultScript, type HttpFault, misbehave } from './faults.ts'
import { type Community, createCommunity, VkRefusal } from './vk-community.ts'
import { FIRST_DOCUMENT, FIRST_PHOTO, METHODS, personMessage } from './vk-methods.ts'

export interface VkRecordedCall {
  readonly method: string
  readonly params: Readonly<Record<string, string>>
}

export interface VkFault extends HttpFault {
  /** An error of the API's instead: HTTP 200 with this code. */
  readonly code?: number
  /** Breaks off after the call was carried out. */
  readonly lateReset?: boolean
}

export interface VkUpload {
  readonly kind: string
  readonly body: string
}

export interface PushAnswer {
  readonly status: number
  readonly body: string
}

const POLL_MS = 5
const NEEDS_MANAGE = /^groups\.(?:[a-z]+Callback|[sg]etLongPollSettings)/

export async function startFakeVk(): Promise<FakeVk> {
  const fake = new FakeVk()
  await fake.listen()
  return fake
}

/** VK's API over HTTP, as far as a hub sees it, with hands to act as people and to cause faults. */
export class FakeVk implements AsyncDisposable {
  readonly calls: VkRecordedCall[] = []
  /** Those that were carried out. */
  readonly taken = new Set<VkRecordedCall>()
  /** Bodies that were uploaded, by what they were to be. */
  readonly uploads: VkUpload[] = []
  readonly #communities: Community[] = []
  readonly #faults = new FaultScript<VkFault>()
  #isClosed = false
  readonly #server = new LocalServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy())
  })

  listen(): Promise<void> {
    return this.#server.listen()
  }

  /** The `apiRoot` for a line's settings. */
  get url(): string {
    return this.#server.url
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#server[Symbol.asyncDispose]()
  }

  addCommunity(community: { id: number; name: string; token: string }): Community {
    const state = createCommunity(community)
    this.#communities.push(state)
    return state
  }

  /** Instead of the long poll's own answers. */
  pollAnswer: object | undefined

  /** The next calls of `method` go wrong. */
  fail(method: string, fault: VkFault): void {
    this.#faults.add(method, fault)
  }

  callsOf(method: string): VkRecordedCall[] {
    return this.calls.filter((call) => call.method === method)
  }

  /** Gives an event to the community's confirmed servers, and to who polls. */
  async push(community: Community, type: string, object: object): Promise<PushAnswer[]> {
    const event = { type, object, group_id: community.id, event_id: randomUUID(), v: '5.199' }
    if (community.longPoll.isOn) community.longPoll.events.push(event)
    const answers: PushAnswer[] = []
    for (const { url, secretKey, status } of community.servers) {
      if (status === 'ok') answers.push(await this.post(url, { ...event, secret: secretKey }))
    }
    return answers
  }

  personWrites(
    community: Community,
    personId: number,
    fields: Readonly<Record<string, unknown>>,
  ): Promise<PushAnswer[]> {
    const message = personMessage(community, personId, fields)
    return this.push(community, 'message_new', { message, client_info: { keyboard: true } })
  }

  /** As VK does: anything but `ok` makes it repeat the event. */
  async post(url: string, event: object): Promise<PushAnswer> {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
    })
    return { status: response.status, body: await response.text() }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const body = (await readBody(request)).toString('utf8')
    if (url.pathname === '/longpoll') return await this.#poll(url.searchParams, response)
    const kind = /^\/upload\/(\w+)$/.exec(url.pathname)?.[1]
    if (kind) return this.#takeUpload(kind, body, response)
    const method = /^\/method\/([\w.]+)$/.exec(url.pathname)?.[1]
    if (!method) return void response.writeHead(404).end('Not Found')
    await this.#call(method, Object.fromEntries(new URLSearchParams(body)), response)
  }

  async #call(
    method: string,
    params: Record<string, string>,
    response: ServerResponse,
  ): Promise<void> {
    const { access_token: token, ...rest } = params
    const call = { method, params: rest }
    this.calls.push(call)
    const fault = this.#faults.take(method)
    if (misbehave(fault, response)) return
    const answer = fault?.code
      ? refuse(fault.code, fault.words ?? 'error')
      : await this.#run(method, token, rest)
    if (isTaken(answer)) this.taken.add(call)
    if (fault?.lateReset) return void response.socket?.resetAndDestroy()
    reply(response, answer)
  }

  async #run(
    name: string,
    token: string | undefined,
    params: Record<string, string>,
  ): Promise<object> {
    const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
    if (!method) return refuse(3, 'Unknown method passed')
    if (!params['v']) return refuse(8, 'Invalid request: v (version) is required')
    const community = this.#communities.find((one) => one.token === token)
    if (!community) return refuse(5, 'User authorization failed: invalid access_token (4).')
    const { group_id: groupId } = params
    if (groupId !== undefined && groupId !== String(community.id)) {
      return refuse(203, 'Access to group denied')
    }
    if (NEEDS_MANAGE.test(name) && !community.permissions.includes('manage')) {
      return refuse(15, 'Access denied: no access to call this method')
    }
    const post = (url: string, event: object): Promise<PushAnswer> => this.post(url, event)
    try {
      return { response: await method({ community, params, origin: this.url, post }) }
    } catch (error) {
      if (error instanceof VkRefusal) return refuse(error.code, error.message)
      throw error
    }
  }

  /** Waits until there is something behind `ts`, or the asker has gone. */
  async #poll(query: URLSearchParams, response: ServerResponse): Promise<void> {
    if (this.pollAnswer) return reply(response, this.pollAnswer)
    const key = query.get('key')
    const community = this.#communities.find(({ longPoll }) => longPoll.key === key)
    if (!community) return reply(response, { failed: 2 })
    const { longPoll } = community
    const from = Number(query.get('ts'))
    if (!(from <= longPoll.events.length)) return reply(response, { failed: 3 })
    if (from < longPoll.forgottenBefore) {
      return reply(response, { failed: 1, ts: longPoll.forgottenBefore })
    }
    while (longPoll.events.length === from && !this.#isClosed && !response.destroyed) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    const ts = String(longPoll.events.length)
    reply(response, { ts, updates: longPoll.events.slice(from) })
  }

  /** What an attachment of a message was uploaded as: `photo-7_456_pk`, `doc55_789_dk`. */
  uploadOf(attachment: string): VkUpload | undefined {
    const [, kind, id] = /^(photo|doc)-?\d+_(\d+)/.exec(attachment) ?? []
    return this.uploads[Number(id) - (kind === 'photo' ? FIRST_PHOTO : FIRST_DOCUMENT)]
  }

  #takeUpload(kind: string, body: string, response: ServerResponse): void {
    const index = this.uploads.push({ kind, body }) - 1
    const isBroken = body.includes('BROKEN')
    if (kind === 'photo') {
      const photo = isBroken ? '[]' : JSON.stringify([{ photo: `${index}` }])
      reply(response, { server: 1, photo, hash: 'h' })
    } else reply(response, isBroken ? { error: 'bad file' } : { file: `${kind}|${index}|x` })
  }
}

/** Neither an error nor a list with one in it. */
function isTaken(answer: object): boolean {
  const entries = 'response' in answer ? [answer.response].flat() : [answer]
  return !entries.some((entry) => typeof entry === 'object' && entry !== null && 'error' in entry)
}

function refuse(code: number, words: string): object {
  return { error: { error_code: code, error_msg: words, request_params: [] } }
}

function reply(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

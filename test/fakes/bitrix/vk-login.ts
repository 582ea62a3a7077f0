import { hash, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LocalServer, readBody } from '../../helpers/local-server.ts'

type Form = Readonly<Record<string, string>>

export interface FakeVkPerson {
  readonly id: number
  readonly firstName: string
  readonly lastName: string
  /** Those that the person administers. */
  readonly groups: readonly Readonly<Record<string, unknown>>[]
}

interface Grant {
  readonly redirectUri: string
  readonly challenge?: string
  readonly groupId?: string
}

/**
 * VK's two logins, `/id` for people and `/oauth` for communities, before its API: what isn't a person's call goes on to that.
 * Codes work once and for one address, and a person's only with the verifier and the device that belong to it.
 */
export class FakeVkLogin implements AsyncDisposable {
  readonly app = { id: '7700', secret: 'PLANTED-secret-of-the-vk-app' }
  readonly redirectUris = new Set<string>()
  /** Who answers the dialogs; undefined refuses them. */
  person: FakeVkPerson | undefined
  /** By the community's id: what its dialog hands out. */
  readonly groupTokens = new Map<string, string>()
  /** Older versions of the API name tokens in another way. */
  isOld = false
  isDown = false
  readonly #apiUrl: string
  readonly #grants = new Map<string, Grant>()
  readonly #tokens = new Map<string, FakeVkPerson>()
  readonly #server = new LocalServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy())
  })

  private constructor(apiUrl: string) {
    this.#apiUrl = apiUrl
  }

  static async start(apiUrl: string): Promise<FakeVkLogin> {
    const fake = new FakeVkLogin(apiUrl)
    await fake.#server.listen()
    return fake
  }

  get url(): string {
    return this.#server.url
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const query = Object.fromEntries(url.searchParams)
    if (url.pathname.endsWith('/authorize')) return this.#dialog(url.pathname, query, response)
    if (this.isDown) return void response.writeHead(502).end('<html>Bad gateway</html>')
    const body = (await readBody(request)).toString('utf8')
    const form = Object.fromEntries(new URLSearchParams(body))
    const answer = this.#answers[url.pathname]?.(form)
    if (answer) return reply(response, answer)
    const forwarded = await fetch(`${this.#apiUrl}${url.pathname}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
    response.writeHead(forwarded.status, { 'content-type': 'application/json' })
    response.end(await forwarded.text())
  }

  readonly #answers: Readonly<Record<string, (form: Form) => object | undefined>> = {
    '/id/oauth2/auth': (form) => this.#personToken(form),
    '/id/oauth2/user_info': ({ access_token: token = '' }) => this.#userInfo(token),
    '/oauth/access_token': (form) => this.#groupToken(form),
    '/method/groups.get': (form) => this.#groups(form),
  }

  #dialog(path: string, query: Form, response: ServerResponse): void {
    const { client_id: id, redirect_uri: redirectUri = '', state = '', group_ids: groupId } = query
    const challenge = query['code_challenge']
    const isPersons = path.startsWith('/id/')
    const isWhole = isPersons ? challenge !== undefined && state.length >= 32 : groupId
    if (id !== this.app.id || !this.redirectUris.has(redirectUri) || !isWhole) {
      return void response.writeHead(400).end('{"error":"invalid_request"}')
    }
    const back = new URL(redirectUri)
    back.searchParams.set('state', state)
    if (this.person) {
      const code = randomUUID()
      const more = isPersons ? { challenge: challenge ?? '' } : { groupId: groupId ?? '' }
      this.#grants.set(code, { redirectUri, ...more })
      back.searchParams.set('code', code)
      if (isPersons) back.searchParams.set('device_id', `device-${code}`)
    } else {
      back.searchParams.set('error', 'access_denied')
      back.searchParams.set('error_description', 'User denied your request')
    }
    response.writeHead(302, { location: back.href }).end()
  }

  #personToken(form: Form): object {
    const { code = '', code_verifier: verifier = '', device_id: device } = form
    const grant = this.#takeGrant(form)
    const isProven = grant?.challenge === hash('sha256', verifier, 'base64url')
    if (!grant || !isProven || device !== `device-${code}` || !this.person) {
      return { error: 'invalid_grant', error_description: 'Code is invalid or expired.' }
    }
    const token = `PLANTED-person-${randomUUID()}`
    this.#tokens.set(token, this.person)
    return { access_token: token, refresh_token: 'PLANTED-refresh', expires_in: 3600 }
  }

  #userInfo(token: string): object {
    const person = this.#tokens.get(token)
    if (!person) return { error: 'invalid_token', error_description: 'access_token is invalid' }
    const { id, firstName, lastName } = person
    return { user: { user_id: String(id), first_name: firstName, last_name: lastName } }
  }

  #groupToken(form: Form): object {
    const grant = this.#takeGrant(form)
    const { groupId = '' } = grant ?? {}
    const token = this.groupTokens.get(groupId)
    if (!token || form['client_secret'] !== this.app.secret) {
      return { error: 'invalid_grant', error_description: 'Code is invalid or expired.' }
    }
    if (this.isOld) return { [`access_token_${groupId}`]: token, expires_in: 0 }
    return { groups: [{ group_id: Number(groupId), access_token: token }], expires_in: 0 }
  }

  /** Undefined: a community's token, which is for the API itself. */
  #groups({ access_token: token = '', filter, v }: Form): object | undefined {
    const person = this.#tokens.get(token)
    if (!person || filter !== 'admin' || !v) return undefined
    return { response: { count: person.groups.length, items: person.groups } }
  }

  #takeGrant({ client_id: id, code = '', redirect_uri: redirectUri }: Form): Grant | undefined {
    const grant = this.#grants.get(code)
    this.#grants.delete(code)
    return id === this.app.id && grant?.redirectUri === redirectUri ? grant : undefined
  }
}

function reply(response: ServerResponse, body: object): void {
  const status = 'error' in body && typeof body.error === 'string' ? 401 : 200
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

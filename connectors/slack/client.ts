import type { CallContext, ConnectorContext } from '#core/connector.ts'
import { given } from '#core/given.ts'
import type { IncomingResponse } from '#core/http.ts'
import { readJsonObject, textFields } from '#kit/json-answer.ts'
import { toHttpError, toSlackError, UNNAMED } from './errors.ts'
import type { SlackSettings } from './settings.ts'

export type Outside = Pick<ConnectorContext, 'http' | 'clock'>

/** Methods that only read take forms and no JSON; those that write take either. */
export interface ApiCall {
  readonly method: string
  readonly json?: object
  readonly form?: Readonly<Record<string, string>>
}

export type Answer = Readonly<Record<string, unknown>>

/** Makes one call; gives what Slack answered. Throws DeliveryError and, unchanged, TransportError. */
export async function callApi(
  outside: Outside,
  settings: SlackSettings,
  call: ApiCall,
  context: CallContext,
): Promise<Answer> {
  return (await askApi(outside, settings, call, context)).answer
}

/** As `callApi`, with the headers, which tell the token's scopes. */
export async function askApi(
  { http, clock }: Outside,
  { botToken, apiRoot }: SlackSettings,
  { method, json, form }: ApiCall,
  { signal }: CallContext,
): Promise<{ readonly answer: Answer; readonly headers: IncomingResponse['headers'] }> {
  const response = await http.request({
    method: 'POST',
    url: `${apiRoot}/${method}`,
    headers: { authorization: `Bearer ${botToken}` },
    ...given({ json, form }),
    signal,
  })
  const answer = readJsonObject(response.body)
  // Errors are HTTP 200 too, with `ok: false`.
  if (answer?.['ok'] === true && response.status === 200) {
    return { answer, headers: response.headers }
  }
  if (answer?.['ok'] === false && response.status < 500) {
    const code = textFields(answer)('error') || (response.status === 200 ? UNNAMED : '')
    if (code) throw toSlackError(code, answer, response, { now: clock.now(), botToken })
  }
  throw toHttpError(response, clock.now())
}

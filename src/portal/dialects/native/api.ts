import { z } from 'zod'
import type { ApiAnswer, ApiOperation, ApiPart, NamedMethodApi } from '../../../core/api-part.ts'
import { callErrorShape } from '../../../core/shapes/error.ts'
import { packetAnswerShapes, packetShapes } from '../../../core/shapes/packet.ts'

const version = z.literal('2.0')
const callId = z.union([z.string(), z.number(), z.null()])
const MAX_BATCH = 50

const failure = z.strictObject({ jsonrpc: version, id: callId, error: callErrorShape })

/** `/rpc/{portal}` with each of the methods, and the packets that portals get. */
export function nativeApi(methods: readonly NamedMethodApi[]): ApiPart {
  const calls = methods.map((method) => ({ name: `${method.name}.call`, schema: toCall(method) }))
  const [first, ...others] = calls.map(({ schema }) => schema)
  if (!first) throw new Error('there are no methods')
  const call = z.discriminatedUnion('method', [first, ...others])
  const result = z.union(methods.map((method) => method.result))
  const success = z.strictObject({ jsonrpc: version, id: callId, result })
  return {
    paths: {
      '/rpc/{portal}': {
        post: rpcOperation(methods, {
          call: z.union([call, z.array(call).min(1).max(MAX_BATCH)]),
          answer: z.union([success, failure, z.array(z.union([success, failure]))]),
        }),
      },
    },
    webhooks: WEBHOOKS,
    schemas: {
      CallSuccess: success,
      CallFailure: failure,
      ...Object.fromEntries(methods.map(({ name, result }) => [`${name}.result`, result])),
    },
    inputs: {
      ...Object.fromEntries(calls.map(({ name, schema }) => [name, schema])),
      ...Object.fromEntries(methods.map(({ name, params }) => [`${name}.params`, params])),
    },
  }
}

function toCall({ name, params, summary }: NamedMethodApi) {
  const mayBeLeftOut = params.safeParse({}).success
  return z
    .object({
      jsonrpc: version,
      id: callId.optional(),
      method: z.literal(name),
      params: mayBeLeftOut ? params.optional() : params,
    })
    .describe(summary)
}

function rpcOperation(
  methods: readonly NamedMethodApi[],
  { call, answer }: { readonly call: z.ZodType; readonly answer: z.ZodType },
): ApiOperation {
  const refused = (description: string): ApiAnswer => ({
    description,
    content: { 'application/json': failure },
  })
  const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` })
  return {
    id: 'call',
    summary: 'calls remote methods (JSON-RPC 2.0, named params)',
    description: `One call, or up to ${MAX_BATCH} that are done in order. x-methods names the methods with their params and results.`,
    tag: 'portals',
    access: 'portal',
    parameters: [
      {
        name: 'portal',
        in: 'path',
        required: true,
        description: "the portal's id",
        schema: z.string().startsWith('prt_'),
      },
    ],
    body: { 'application/json': call },
    answers: {
      200: {
        description: 'whatever was authenticated: what came of each call',
        content: { 'application/json': answer },
      },
      204: { description: 'nothing but notifications: calls without an id' },
      400: refused('HUB_BODY_INCOMPLETE'),
      401: refused(
        'HUB_BAD_SIGNATURE: unknown portal, wrong signature, old timestamp, id used before',
      ),
      403: refused('HUB_PORTAL_DISABLED'),
      405: refused('HUB_METHOD_NOT_ALLOWED'),
      413: refused('HUB_TOO_LARGE'),
      429: refused('HUB_LIMIT: come again after Retry-After'),
      500: refused('HUB_INTERNAL'),
      503: refused('HUB_STORE_UNAVAILABLE: nothing was taken, come again after Retry-After'),
    },
    more: {
      'x-methods': Object.fromEntries(
        methods.map(({ name, summary }) => [
          name,
          { summary, params: schema(`${name}.params`), result: schema(`${name}.result`) },
        ]),
      ),
    },
  }
}

const FAILED = { description: 'a failed attempt: it comes again' }
const GONE = { description: 'there is no such portal any more: the line is disconnected' }

const NOTICE_ANSWERS = {
  '2XX': { description: 'taken' },
  410: GONE,
  default: FAILED,
}

function packetOperation(
  type: keyof typeof packetShapes,
  answers: ApiOperation['answers'],
): { readonly post: ApiOperation } {
  const body = packetShapes[type]
  return {
    post: {
      id: `packet.${type}`,
      summary: body.description ?? type,
      tag: 'packets',
      access: 'hub',
      body: { 'application/json': body },
      answers,
    },
  }
}

const WEBHOOKS: NonNullable<ApiPart['webhooks']> = {
  events: packetOperation('events', {
    '2XX': {
      description:
        'any other body, or none, takes all events; of a strict portal it is a failed attempt',
      content: {
        'application/json': z.union([packetAnswerShapes.accepted, packetAnswerShapes.later]),
      },
    },
    410: GONE,
    429: { description: 'a failed attempt; Retry-After is kept' },
    503: { description: 'a failed attempt; Retry-After is kept' },
    default: FAILED,
  }),
  'connection.test': packetOperation('connection.test', {
    200: {
      description: 'this is the portal',
      content: { 'application/json': packetAnswerShapes.challenge },
    },
    default: { description: 'the test has failed' },
  }),
  'connector.deactivated': packetOperation('connector.deactivated', NOTICE_ANSWERS),
  'line.health': packetOperation('line.health', NOTICE_ANSWERS),
}

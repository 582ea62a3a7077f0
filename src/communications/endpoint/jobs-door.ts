import { hash } from 'node:crypto'
import { type FieldFault, HubError, ParamsError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import { isRecord, toJson } from '../../core/json.ts'
import { type LinePlace, placeOf } from '../../core/line-place.ts'
import { parseParams } from '../../core/params.ts'
import { PORTAL_DEFAULTS, type Portal } from '../../core/portal.ts'
import type { RateLimit } from '../../core/rate-limit.ts'
import { jsonReply, type RouteReply, type RouteRequest } from '../../core/route.ts'
import type { ApiToken } from '../../db/communications/api-tokens.ts'
import { findBot } from '../../db/communications/lines.ts'
import type { Store } from '../../db/engine/store.ts'
import { UnknownThingError } from '../jobs/job-planner.ts'
import type { JobOperations } from '../operations/jobs.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import {
  brokenRules,
  fieldOf,
  type JobRequest,
  jobRequestSchema,
  toJobParams,
} from './job-request.ts'
import { hasJsonType, KEY_REUSED, readJson, readKey } from './json-body.ts'

export interface JobsDoorDeps {
  readonly store: Store
  readonly sandbox: Sandbox
  readonly rate: RateLimit
  readonly jobs: Pick<JobOperations, 'schedule'>
  readonly tokens: { find(token: string): Promise<ApiToken | undefined> }
  findPortal(id: string): Promise<Portal | undefined>
}

/** `POST /bots/<bot>/jobs/schedule`: where other systems schedule jobs. */
export class JobsDoor {
  readonly #deps: JobsDoorDeps

  constructor(deps: JobsDoorDeps) {
    this.#deps = deps
  }

  async take(request: RouteRequest): Promise<RouteReply> {
    const proven = await this.#prove(request)
    if (!proven) return fail(401, { field: 'Authentication', problem: 'is no token of this hub' })
    const { token, portal } = proven
    const limit = portal.notificationRate ?? PORTAL_DEFAULTS.notificationRate
    const waitSec = this.#deps.rate.take(portal.id, limit)
    if (waitSec > 0) {
      const reply = fail(429, { field: 'Authentication', problem: 'too many requests' })
      return { ...reply, headers: { ...reply.headers, 'retry-after': String(waitSec) } }
    }
    const place = await this.#findPlace(request, token, portal)
    if (!place) return fail(404, { field: 'botId', problem: 'there is no such bot' })
    if (!hasJsonType(request)) {
      return fail(415, { field: 'Content-Type', problem: 'must be application/json' })
    }
    const json = readJson(await request.body())
    if (!json) return fail(400, { field: 'body', problem: 'is not JSON' })
    const read = await this.#read(json.value)
    const { key, problem } = readKey(request)
    const faults = problem === undefined ? [] : [{ field: 'Idempotency-Key', problem }]
    if ('faults' in read) return fail(400, ...read.faults, ...faults)
    if (faults.length > 0) return fail(400, ...faults)
    const origin = {
      digest: digestOf(toJson(json.value as object)),
      ...given({ key: key && `idem:${digestOf(`${place.lineId}:${key}`)}` }),
      ...(token.lineId === undefined ? {} : { isOfLine: true as const }),
    }
    return await this.#schedule(place, read.body, origin)
  }

  /** A portal that is switched off has no tokens. */
  async #prove({
    headers,
  }: RouteRequest): Promise<{ readonly token: ApiToken; readonly portal: Portal } | undefined> {
    const told = String(headers['authentication'] ?? headers['authorization'] ?? '')
    const token = await this.#deps.tokens.find(told.replace(/^Bearer\s+/i, '').trim())
    const portal = token && (await this.#deps.findPortal(token.portalId))
    return portal && portal.switchedOff === undefined ? { token, portal } : undefined
  }

  async #findPlace(
    { params }: RouteRequest,
    token: ApiToken,
    portal: Portal,
  ): Promise<LinePlace | undefined> {
    const { botId = '' } = params
    const id = /^[1-9]\d{0,14}$/.test(botId) ? Number(botId) : 0
    if (token.lineId !== undefined && token.lineId !== id) return undefined
    const line = await findBot(this.#deps.store, { id, portalId: portal.id })
    return line && placeOf(line, portal)
  }

  /** Everything that is wrong, at once. */
  async #read(
    value: unknown,
  ): Promise<{ readonly body: JobRequest } | { readonly faults: readonly FieldFault[] }> {
    const faults: FieldFault[] = []
    let body: JobRequest | undefined
    try {
      body = parseParams(jobRequestSchema, value)
    } catch (error) {
      if (!(error instanceof ParamsError)) throw error
      faults.push(...error.fields.map(ofWhole), ...(isRecord(value) ? brokenRules(value) : []))
    }
    const condition = isRecord(value) ? value['condition_script_code'] : undefined
    const field = 'condition_script_code'
    if (typeof condition === 'string' && !faults.some((fault) => fault.field === field)) {
      const [problem] = await this.#deps.sandbox.check([{ kind: 'code', source: condition }])
      if (problem !== undefined) faults.push({ field, problem })
    }
    return body && faults.length === 0 ? { body } : { faults: withoutTwins(faults) }
  }

  async #schedule(
    place: LinePlace,
    body: JobRequest,
    origin: Parameters<JobOperations['schedule']>[2],
  ): Promise<RouteReply> {
    try {
      const params = toJobParams(body, place.timeZone)
      const { id, dueAt } = await this.#deps.jobs.schedule(place, params, origin)
      return jsonReply(200, { job_id: id, run_at: dueAt })
    } catch (error) {
      if (error instanceof HubError && error.code === 'HUB_KEY_REUSED') {
        return fail(409, { field: 'Idempotency-Key', problem: KEY_REUSED })
      }
      if (!(error instanceof ParamsError)) throw error
      const faults = error.fields.map(({ field, problem }) => ({
        field: fieldOf(field, body),
        problem,
      }))
      return fail(error instanceof UnknownThingError ? 404 : 400, ...faults)
    }
  }
}

/** What is wrong with the body as a whole. */
function ofWhole(fault: FieldFault): FieldFault {
  return fault.field === 'params' ? { ...fault, field: 'body' } : fault
}

function withoutTwins(faults: readonly FieldFault[]): FieldFault[] {
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()]
}

function digestOf(text: string): string {
  return hash('sha256', text, 'base64url')
}

function fail(status: number, ...errors: readonly FieldFault[]): RouteReply {
  return jsonReply(status, { errors })
}

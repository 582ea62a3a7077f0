import type { Clock } from '../core/clock.ts'
import { DeliveryError, TransportError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import type { ChannelFinding } from '../core/health.ts'
import type { Log } from '../core/log.ts'
import {
  afterCheck,
  afterRepair,
  type CheckOutcome,
  type Facts,
  mayRepair,
} from '../health/facts.ts'
import { type Fault, toFault } from '../health/fault.ts'
import type { ActiveLine } from '../lines/directory.ts'
import type { Registry } from '../registry/registry.ts'
import { bounded } from './bounded.ts'

export interface LineCheckDeps {
  readonly clock: Clock
  readonly log: Log
  readonly registry: Registry
  /** Sets the line's webhook at its channel. Gives why that could not be done. */
  install(active: ActiveLine, signal: AbortSignal): Promise<string | undefined>
}

export interface CheckResult {
  readonly outcome: 'well' | 'faulty' | 'unanswered'
  /** Pure: from what was known before. */
  readonly change: (facts: Facts) => Facts
  /** When the channel is to be asked again, if sooner than usual. */
  readonly againAt?: number
}

/** Findings that are looked at: an account lacks a handful of permissions at most. */
const MAX_FINDINGS = 50

/** Asks one line's channel whether all is well. */
export class LineCheck {
  readonly #deps: LineCheckDeps

  constructor(deps: LineCheckDeps) {
    this.#deps = deps
  }

  /** Never rejects, but for a store that is away (StoreUnavailableError). `before`: what was known of the line. */
  async run(active: ActiveLine, before: Facts, stop: AbortSignal): Promise<CheckResult> {
    const outcome = await this.#ask(active, stop)
    const now = this.#deps.clock.now()
    const isMissing =
      outcome.kind === 'found' && outcome.faults.some(({ code }) => code === 'webhook_missing')
    if (isMissing && mayRepair(before, now) && (await this.#repair(active, stop))) {
      const rest = outcome.faults.filter(({ code }) => code !== 'webhook_missing')
      const at = this.#deps.clock.now()
      return {
        outcome: rest.length > 0 ? 'faulty' : 'well',
        change: (facts) =>
          afterRepair(afterCheck(facts, { kind: 'found', faults: rest }, at).facts, at),
      }
    }
    const { againAt } = afterCheck(before, outcome, now)
    const isWell = outcome.kind === 'found' && outcome.faults.length === 0
    return {
      outcome: outcome.kind === 'unanswered' ? 'unanswered' : isWell ? 'well' : 'faulty',
      change: (facts) => afterCheck(facts, outcome, now).facts,
      ...given({ againAt }),
    }
  }

  async #ask(active: ActiveLine, stop: AbortSignal): Promise<CheckOutcome> {
    try {
      const findings = await bounded(this.#deps.clock, stop, (signal) => findingsOf(active, signal))
      return { kind: 'found', faults: this.#toFaults(active, findings) }
    } catch (error) {
      return this.#judgeError(active, error)
    }
  }

  #toFaults(active: ActiveLine, findings: unknown): Fault[] {
    if (!Array.isArray(findings)) throw new TypeError('a check must give a list')
    const { secrets } = active
    return (findings as ChannelFinding[]).slice(0, MAX_FINDINGS).flatMap((finding) => {
      const fault = toFault(finding, secrets)
      if (!fault) this.#warn(active, new TypeError('a finding that the hub does not know'))
      return fault ? [fault] : []
    })
  }

  #judgeError(active: ActiveLine, error: unknown): CheckOutcome {
    const { secrets } = active
    if (error instanceof DeliveryError && isRefusal(error)) {
      const fault = toFault({ code: 'token_refused', words: error.message }, secrets)
      return { kind: 'found', faults: fault ? [fault] : [] }
    }
    const isKnown = error instanceof DeliveryError || error instanceof TransportError
    if (!isKnown) this.#warn(active, error)
    const words = isKnown ? (error instanceof TransportError ? error.reason : error.message) : ''
    const described = toFault({ code: 'channel_limits', words }, secrets)
    return {
      kind: 'unanswered',
      fault: { code: 'channel_unreachable', ...given({ words: described?.words }) },
    }
  }

  async #repair(active: ActiveLine, stop: AbortSignal): Promise<boolean> {
    if (!this.canInstall(active)) return false
    const refusal = await this.#deps.install(active, stop)
    const { record } = active
    const fields = { lineId: record.id, line: lineName(active) }
    if (refusal !== undefined) {
      this.#deps.log.warn(
        { event: 'line.repair-failed', ...fields, reason: refusal },
        'a webhook that was missing could not be set',
      )
      return false
    }
    this.#deps.log.info(
      { event: 'line.webhook-repaired', ...fields },
      'a webhook that was missing at its channel was set anew',
    )
    return true
  }

  /** Does the hub set this line's webhook by the channel's API? */
  canInstall({ record, connector, line }: ActiveLine): boolean {
    const capabilities = this.#deps.registry.find(record.connector)?.descriptor.capabilities
    const isByWebhook = connector.isPolling?.(line) !== true
    return isByWebhook && connector.install !== undefined && capabilities?.webhookInstall === true
  }

  #warn(active: ActiveLine, error: unknown): void {
    this.#deps.log.warn(
      {
        event: 'check.failed',
        lineId: active.record.id,
        line: lineName(active),
        err: error,
      },
      "a channel's answer to a check makes no sense",
    )
  }
}

/** Where a connector has no check of its own, that its credentials are still taken says something too. */
async function findingsOf(
  { connector, line }: ActiveLine,
  signal: AbortSignal,
): Promise<readonly ChannelFinding[]> {
  if (connector.check) return await connector.check(line, { signal })
  const report = await connector.testConnect(line, { signal })
  if (report.ok) return []
  const { code, message, field } = report.error
  if (code === 'HUB_CHANNEL_REFUSED' && field !== undefined) {
    return [{ code: 'token_refused', words: message }]
  }
  throw new DeliveryError(message, {
    disposition: 'retry',
    outcome: 'not-sent',
    channelCode: code,
  })
}

/** 401 and the like. That something else was refused says nothing of the line. */
function isRefusal({ fault }: DeliveryError): boolean {
  return fault.disposition === 'pause'
}

export function lineName({ record }: Pick<ActiveLine, 'record'>): string {
  return `${record.portalId}/${record.connector}/${record.externalId}`
}

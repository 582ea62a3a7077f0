import type { Clock } from '../core/clock.ts'
import type { ConnectReport } from '../core/connector.ts'
import type { Speaker } from '../core/dialect.ts'
import { DeliveryError, TransportError } from '../core/errors.ts'
import { given } from '../core/given.ts'
import { MAX_IDENTITY_LENGTH, takesUpdates } from '../core/line.ts'
import type { Log } from '../core/log.ts'
import type { PortalTest } from '../core/packet.ts'
import { controlEntry } from '../core/stored-event.ts'
import type { Store } from '../db/engine/store.ts'
import { claimIdentity, disconnectLine, findHolder } from '../db/lines/identities.ts'
import type { LineRecord, LineRepository } from '../db/lines/lines.ts'
import type { ActiveLine, LineDirectory } from './directory.ts'
import type { LineHealth } from './health-port.ts'
import type { Signals } from './signals.ts'

export interface LineConnectionDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly lineRepository: LineRepository
  readonly lineDirectory: LineDirectory
  readonly speaker: Pick<Speaker, 'test'>
  /** Aborted when the hub stops. */
  readonly signal: AbortSignal
  readonly signals: Pick<Signals, 'inboxDue' | 'outboxDue'>
  readonly health: LineHealth
}

export interface TestResult {
  readonly ok: boolean
  readonly channel: ChannelResult
  readonly portal: PortalTest
  readonly webhookInstalled: boolean
  readonly displaced?: true
}

type ChannelResult =
  | { readonly ok: true; readonly identity: string; readonly name?: string }
  | Extract<ConnectReport, { ok: false }>

/** Rounds of putting the webhook of an identity's holder in place while claims race; each claim adds at most one. */
const MAX_INSTALLS = 5

/** Connects and disconnects lines: testConnect, uniqueness (PROTOCOL §6) and their end. */
export class LineConnection {
  readonly #deps: LineConnectionDeps

  constructor(deps: LineConnectionDeps) {
    this.#deps = deps
  }

  /** A failed check is a result, not an error. Throws StoreUnavailableError. */
  async test(record: LineRecord): Promise<TestResult> {
    const active = await this.#deps.lineDirectory.activate(record)
    if (!active) throw new Error('a line without connector or portal can not be tested')
    const address = {
      lineId: record.id,
      connector: record.connector,
      externalLine: record.externalId,
    }
    const [channel, portal] = await Promise.all([
      hasSettings(record) ? this.#testChannel(active) : NO_SETTINGS,
      this.#deps.speaker.test(active.portal, address, this.#deps.signal),
    ])
    if (!channel.ok) await this.#noteRefusal(active, channel)
    if (!channel.ok || !portal.ok) return failed(record, channel, portal)
    if (channel.identity.length > MAX_IDENTITY_LENGTH) {
      const message = `the channel's id of this account is longer than ${MAX_IDENTITY_LENGTH} characters`
      return failed(record, { ok: false, error: { code: 'HUB_CHANNEL_REFUSED', message } }, portal)
    }
    // The webhook comes first: a channel that refuses it must not cost another line its identity.
    const refusal = await this.#install(active)
    if (refusal) return failed(record, refusal, portal)
    return await this.#claim(active, channel, portal)
  }

  /** Asks the channel whether the settings are good; changes nothing. */
  async probe(record: LineRecord): Promise<ConnectReport> {
    if (!hasSettings(record)) return NO_SETTINGS
    const active = await this.#deps.lineDirectory.activate(record)
    if (!active) throw new Error('a line without connector or portal can not be tested')
    return await this.#testChannel(active)
  }

  /** Ends a line's connection; the channel's webhook is removed as far as the channel lets us. */
  async disconnect(record: LineRecord, options: { readonly purge: boolean }): Promise<void> {
    await this.undo(record, this.#deps.signal)
    await disconnectLine(this.#deps.store, record.id, options, this.#deps.clock.now())
    this.#deps.log.info(
      { event: 'line.disconnected', lineId: record.id, portalId: record.portalId },
      'a line was disconnected',
    )
  }

  /**
   * Takes the channel's webhook away where it is this line's. `later`: the channel could not be asked; `refused`: it says no,
   * and would again. Throws StoreUnavailableError.
   */
  async undo(record: LineRecord, signal: AbortSignal): Promise<'done' | 'later' | 'refused'> {
    const active = mayHaveWebhook(record) && (await this.#deps.lineDirectory.activate(record))
    if (!active) return 'done'
    const isOwn = await this.#isOwnWebhook(active, signal)
    if (isOwn === undefined) return 'later'
    return isOwn ? await this.#uninstall(active, signal) : 'done'
  }

  /**
   * Sets the webhook of a connected line anew. Gives why that could not be done. Should the line have lost its account or its
   * connection meanwhile, the webhook is left as it has to be then.
   */
  async reinstall({ record }: ActiveLine, signal: AbortSignal): Promise<string | undefined> {
    const { lineDirectory } = this.#deps
    const active = await lineDirectory.findById(record.id)
    if (!active || !takesUpdates(active.record.status) || active.record.epoch !== record.epoch) {
      return 'the line was changed meanwhile'
    }
    const refusal = await this.#install(active, signal)
    if (refusal && !refusal.ok) return refusal.error.message
    const { identity } = active.record
    if (identity) await this.#settleWebhook(active.realConnector, identity, record.id, false)
    const after = await lineDirectory.findById(record.id)
    if (after?.record.status === 'disconnected') await this.#uninstall(active, signal)
    return undefined
  }

  /** A connected line whose credentials are refused is connected no more, as far as anybody can tell. */
  async #noteRefusal(
    { record, credentials, secrets }: ActiveLine,
    { error }: Extract<ChannelResult, { ok: false }>,
  ): Promise<void> {
    const isRefused =
      error.code === 'HUB_CHANNEL_REFUSED' && credentials.includes(error.field ?? '')
    if (!isRefused || !takesUpdates(record.status)) return
    await this.#deps.health.refused(record.id, error.message, secrets)
  }

  async #testChannel(
    { connector, line }: ActiveLine,
    signal = this.#deps.signal,
  ): Promise<ChannelResult> {
    try {
      return await connector.testConnect(line, { signal })
    } catch (error) {
      return toRefusal(error)
    }
  }

  async #install(
    { connector, line, record }: ActiveLine,
    signal = this.#deps.signal,
  ): Promise<ChannelResult | undefined> {
    if (!connector.install) return undefined
    try {
      await connector.install(line, { signal })
    } catch (error) {
      return toRefusal(error)
    }
    const isByWebhook = !connector.isPolling?.(line)
    await this.#deps.lineRepository.setWebhookInstalled(record.id, isByWebhook)
    return undefined
  }

  async #claim(
    active: ActiveLine,
    channel: Extract<ChannelResult, { ok: true }>,
    portal: PortalTest,
  ): Promise<TestResult> {
    const { record, connector, line, realConnector } = active
    const { identity, name } = channel
    const claimed = await claimIdentity(
      this.#deps.store,
      {
        lineId: record.id,
        epoch: record.epoch,
        connector: realConnector,
        identity,
        voucher: active.voucher,
        portalId: record.portalId,
        ...given({ name }),
        isPolling: connector.isPolling?.(line) === true,
        nextCheck: this.#deps.health.nextCheck(),
        notice: controlEntry('displaced', 'another line was connected to the same account'),
      },
      this.#deps.clock.now(),
    )
    if (claimed.kind === 'outranked') return failed(record, OUTRANKED, portal)
    if (claimed.kind === 'changed') {
      // Our webhook is at the channel already; whoever took the identity meanwhile gets theirs back.
      await this.#settleWebhook(realConnector, identity, record.id, false)
      const message = 'the line was changed or displaced while it was being tested: test again'
      return failed(record, { ok: false, error: { code: 'HUB_CHANNEL_REFUSED', message } }, portal)
    }
    this.#deps.log.info(
      {
        event: 'line.connected',
        lineId: record.id,
        portalId: record.portalId,
        displacedLineId: claimed.displacedLineId,
      },
      'a line was connected',
    )
    await this.#deps.health.refresh([record.id])
    const isDisplacing = claimed.displacedLineId !== undefined
    await this.#settleWebhook(realConnector, identity, record.id, isDisplacing)
    this.#deps.signals.inboxDue.raise()
    this.#deps.signals.outboxDue.raise(undefined)
    const isInstalled = connector.install !== undefined && connector.isPolling?.(line) !== true
    return {
      ok: true,
      channel,
      portal,
      webhookInstalled: isInstalled,
      ...given({ displaced: isDisplacing }),
    }
  }

  /**
   * The channel has one webhook per identity, and of claims that race the last to commit wins, but the last to install
   * may be another. So whoever installed looks afterwards who holds the identity, and puts that line's webhook in place
   * until the holder stays the same: the last one to look leaves the right webhook behind.
   */
  async #settleWebhook(
    realConnector: string,
    identity: string,
    installedId: number,
    mustReinstall: boolean,
  ): Promise<void> {
    let lastId = mustReinstall ? undefined : installedId
    for (let round = 0; round < MAX_INSTALLS; round++) {
      const holderId = await findHolder(this.#deps.store, realConnector, identity)
      if (holderId === undefined || holderId === lastId) return
      const holder = await this.#deps.lineDirectory.findById(holderId)
      if (!holder?.connector.install) return
      const refusal = await this.#install(holder)
      if (refusal && !refusal.ok) {
        this.#deps.log.warn(
          { event: 'line.install-failed', lineId: holderId, reason: refusal.error.message },
          'the webhook could not be put in place after a displacement',
        )
        return
      }
      lastId = holderId
    }
  }

  /**
   * Credentials that were saved after the last test may be those of an account that another line holds: its webhook is
   * not ours to remove. Undefined if the channel can't be asked.
   */
  async #isOwnWebhook(active: ActiveLine, signal: AbortSignal): Promise<boolean | undefined> {
    if (takesUpdates(active.record.status)) return true
    const channel = await this.#testChannel(active, signal)
    if (!channel.ok) return channel.error.code === UNREACHABLE ? undefined : false
    const holder = await findHolder(this.#deps.store, active.realConnector, channel.identity)
    return holder === undefined || holder === active.record.id
  }

  async #uninstall(
    { connector, line, record }: ActiveLine,
    signal: AbortSignal,
  ): Promise<'done' | 'later' | 'refused'> {
    try {
      await connector.uninstall?.(line, { signal })
      return 'done'
    } catch (error) {
      if (signal.aborted) return 'later'
      this.#deps.log.warn(
        { event: 'line.uninstall-failed', lineId: record.id, err: error },
        'the webhook could not be removed at its channel',
      )
      const isFinal = error instanceof DeliveryError && error.fault.disposition !== 'retry'
      return isFinal ? 'refused' : 'later'
    }
  }
}

/** Is there anything to undo at the channel when the line goes? */
export function mayHaveWebhook({
  isWebhookInstalled,
  status,
}: Pick<LineRecord, 'isWebhookInstalled' | 'status'>): boolean {
  return (isWebhookInstalled || status === 'connected') && status !== 'disconnected'
}

const UNREACHABLE = 'HUB_CHANNEL_UNREACHABLE'

function hasSettings({ status }: LineRecord): boolean {
  return status !== 'displaced' && status !== 'disconnected'
}

/** A line may be displaced just before its own test begins: that is a failed check like any other. */
const NO_SETTINGS: ChannelResult = {
  ok: false,
  error: {
    code: 'HUB_LINE_NOT_CONNECTED',
    message: 'the line has been displaced or disconnected and has no settings: save them first',
  },
}

/** Says nothing about the other line: it may be another portal's. */
const OUTRANKED: ChannelResult = {
  ok: false,
  error: {
    code: 'HUB_CHANNEL_REFUSED',
    message:
      "the account is connected by a line of another portal, and only the channel's own API can show that it is yours: disconnect that line first, or ask the hub's operator to release the account",
  },
}

function failed(record: LineRecord, channel: ChannelResult, portal: PortalTest): TestResult {
  return { ok: false, channel, portal, webhookInstalled: record.isWebhookInstalled }
}

function toRefusal(error: unknown): Extract<ChannelResult, { ok: false }> {
  if (error instanceof TransportError) {
    const message = `the channel did not answer (${error.reason})`
    return { ok: false, error: { code: UNREACHABLE, message } }
  }
  if (!(error instanceof DeliveryError)) throw error
  const { disposition, field } = error.fault
  return {
    ok: false,
    error: {
      code: disposition === 'retry' ? UNREACHABLE : 'HUB_CHANNEL_REFUSED',
      message: error.message,
      ...given({ field }),
    },
  }
}

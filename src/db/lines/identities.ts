import { nextSeq } from '../../core/ids.ts'
import type { NewEvent } from '../../core/stored-event.ts'
import { forUpdate, insertIgnore, marks } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import { tablesWhere } from '../engine/tables.ts'
import { tellLost } from '../inbox/followed.ts'
import { clearLockout } from '../inbox/lockout-columns.ts'
import { IS_OPEN } from '../outbox/piles.ts'
import { bumpEpoch } from './lines.ts'

export interface IdentityClaim {
  readonly lineId: number
  /** The epoch of the settings that were tested. */
  readonly epoch: number
  /** The real connector: virtual ones share its identities. */
  readonly connector: string
  readonly identity: string
  /** Who says that the account is this line's: `voucherOf` its settings. */
  readonly voucher: string
  readonly portalId: string
  readonly name?: string
  readonly isPolling: boolean
  /** When the line is checked next, and a hash of the public URL that its webhook has. */
  readonly nextCheck: { readonly dueAt: number; readonly base: string }
  /** Goes to the portal of a displaced line. */
  readonly notice: NewEvent
}

export type ClaimOutcome =
  /** The line's settings were changed while they were being tested: nothing was claimed. */
  | { readonly kind: 'changed' }
  /** Another portal's line holds the identity, and the channel itself or another API has vouched for that one. */
  | { readonly kind: 'outranked' }
  | { readonly kind: 'claimed'; readonly displacedLineId?: number }

interface LockedLine {
  line_id: number
  epoch: number
  seq: number
}

/**
 * Connects a line and makes it the one holder of its identity. Whoever held it before is displaced in the same
 * transaction: settings, identity and queue are gone, and only the notice waits for its portal. Of several claims at
 * once the last to commit wins, and all others end displaced.
 */
export async function claimIdentity(
  store: Store,
  claim: IdentityClaim,
  now: number,
): Promise<ClaimOutcome> {
  return await store.transaction(
    async (trx) => {
      // The insert comes first: whoever waits for another claim's row then sees it, instead of a duplicate key error.
      await trx.run(
        `${insertIgnore(trx)} identity (connector, identity, line_id, claimed_at, voucher) VALUES (?, ?, ?, ?, ?)`,
        [claim.connector, claim.identity, claim.lineId, now, claim.voucher],
      )
      const [held] = await trx.rows<{ line_id: number; voucher: string }>(
        `SELECT line_id, voucher FROM identity WHERE connector = ? AND identity = ?${forUpdate(trx)}`,
        [claim.connector, claim.identity],
      )
      const holder = held?.line_id ?? claim.lineId
      const locked = await lockLines(trx, [claim.lineId, holder])
      const own = locked.get(claim.lineId)
      if (own?.epoch !== claim.epoch) {
        await releaseUnclaimed(trx, claim)
        return { kind: 'changed' }
      }
      if (held && !(await outranks(trx, claim, held))) return { kind: 'outranked' }
      await take(trx, claim, now)
      const displaced = holder === claim.lineId ? undefined : locked.get(holder)
      if (!displaced) return { kind: 'claimed' }
      await displace(trx, displaced, claim.notice, now, claim.lineId)
      return { kind: 'claimed', displacedLineId: displaced.line_id }
    },
    { isRepeatable: true },
  )
}

/** The channel itself may displace anybody; another API only what it has vouched for itself, and lines of the same portal. */
async function outranks(
  trx: Transaction,
  claim: IdentityClaim,
  held: { readonly line_id: number; readonly voucher: string },
): Promise<boolean> {
  const isVouched = claim.voucher === '' || claim.voucher === held.voucher
  if (isVouched || held.line_id === claim.lineId) return true
  const [holder] = await trx.rows<{ portal_id: string }>(
    'SELECT portal_id FROM line WHERE id = ?',
    [held.line_id],
  )
  return holder?.portal_id === claim.portalId
}

export interface LearnedIdentity {
  readonly lineId: number
  /** The epoch of the line that the identity was learnt for. */
  readonly epoch: number
  /** The real connector. */
  readonly connector: string
  readonly identity: string
  readonly voucher: string
}

/**
 * Gives a connected line the identity that its channel's updates name. They displace nobody, for who knows a line's webhook
 * secret can forge them: `held` when another line has the identity. Only what another API's updates named is taken from its
 * line by an update of the channel's own; that line stays connected, without an identity. `changed`: the line isn't what it
 * was any more.
 */
export async function adoptIdentity(
  store: Store,
  learned: LearnedIdentity,
  now: number,
): Promise<'adopted' | 'held' | 'changed'> {
  const { connector, identity, lineId } = learned
  return await store.transaction(
    async (trx) => {
      await trx.run(
        `${insertIgnore(trx)} identity (connector, identity, line_id, claimed_at, voucher, learned)
         VALUES (?, ?, ?, ?, ?, ?)`,
        [connector, identity, lineId, now, learned.voucher, true],
      )
      const [row] = await trx.rows<HeldIdentity>(
        `SELECT line_id, voucher, learned FROM identity
         WHERE connector = ? AND identity = ?${forUpdate(trx)}`,
        [connector, identity],
      )
      if (!row) return 'changed'
      const isOthers = row.line_id !== lineId
      if (isOthers && !yields(row, learned)) return 'held'
      const own = (await lockLines(trx, [lineId, row.line_id])).get(lineId)
      if (own?.epoch !== learned.epoch) {
        await releaseUnclaimed(trx, learned)
        return 'changed'
      }
      if (isOthers) await takeFrom(trx, row.line_id, learned, now)
      await trx.run('DELETE FROM identity WHERE line_id = ? AND identity <> ?', [lineId, identity])
      await trx.run('UPDATE line SET identity = ?, updated_at = ? WHERE id = ?', [
        identity,
        now,
        lineId,
      ])
      await bumpEpoch(trx, lineId)
      return 'adopted'
    },
    { isRepeatable: true },
  )
}

interface HeldIdentity {
  line_id: number
  voucher: string
  learned: number
}

function yields(held: HeldIdentity, learned: LearnedIdentity): boolean {
  return learned.voucher === '' && held.voucher !== '' && Boolean(held.learned)
}

async function takeFrom(
  trx: Transaction,
  holderId: number,
  { connector, identity, lineId, voucher }: LearnedIdentity,
  now: number,
): Promise<void> {
  await trx.run(
    'UPDATE identity SET line_id = ?, claimed_at = ?, voucher = ? WHERE connector = ? AND identity = ?',
    [lineId, now, voucher, connector, identity],
  )
  await trx.run('UPDATE line SET identity = NULL, updated_at = ? WHERE id = ?', [now, holderId])
  await bumpEpoch(trx, holderId)
}

/** The row that was put in to wait on must not outlive a claim that came to nothing. */
async function releaseUnclaimed(
  trx: Transaction,
  claim: Pick<IdentityClaim, 'lineId' | 'connector' | 'identity'>,
): Promise<void> {
  await trx.run(
    `DELETE FROM identity WHERE connector = ? AND identity = ? AND line_id = ?
     AND NOT EXISTS (SELECT 1 FROM line WHERE line.id = ? AND line.identity = ?)`,
    [claim.connector, claim.identity, claim.lineId, claim.lineId, claim.identity],
  )
}

async function take(trx: Transaction, claim: IdentityClaim, now: number): Promise<void> {
  const { connector, identity, lineId } = claim
  await trx.run(
    `UPDATE identity SET line_id = ?, claimed_at = ?, voucher = ?, learned = ?
     WHERE connector = ? AND identity = ?`,
    [lineId, now, claim.voucher, false, connector, identity],
  )
  await trx.run('DELETE FROM identity WHERE line_id = ? AND identity <> ?', [lineId, identity])
  await trx.run(
    "UPDATE line SET status = 'connected', identity = ?, name = ?, updated_at = ? WHERE id = ?",
    [identity, claim.name?.slice(0, 255) ?? null, now, lineId],
  )
  await bumpEpoch(trx, lineId)
  await trx.run(
    `UPDATE outbox_line SET paused_at = NULL, pause_reason = NULL,
     due_at = CASE WHEN owner IS NULL THEN ? ELSE due_at END WHERE line_id = ?`,
    [now, lineId],
  )
  await beginHealth(trx, claim, now)
  // A line that is polled already goes on from where it is; saving other settings has ended that (LineRepository.save).
  if (claim.isPolling) {
    await trx.run(
      `${insertIgnore(trx)} poll_line (line_id, portal_id, due_at) SELECT id, portal_id, ? FROM line WHERE id = ?`,
      [now, lineId],
    )
  } else {
    await trx.run('DELETE FROM poll_line WHERE line_id = ?', [lineId])
  }
}

/** The test has just shown that all is well. What the portal was told last stays, so that it learns of the change. */
async function beginHealth(
  trx: Transaction,
  { lineId, nextCheck: { dueAt, base } }: IdentityClaim,
  now: number,
): Promise<void> {
  await trx.run(
    `${insertIgnore(trx)} line_health (line_id, connector, state, since)
     SELECT id, connector, 'ok', ? FROM line WHERE id = ?`,
    [now, lineId],
  )
  await trx.run(
    `UPDATE line_health SET facts = NULL, checked_at = ?, due_at = ?, asked_at = NULL, base = ?
     WHERE line_id = ?`,
    [now, dueAt, base, lineId],
  )
}

/** `by`: the line that takes its account; an operator's release has none. */
async function displace(
  trx: Transaction,
  line: LockedLine,
  notice: NewEvent,
  now: number,
  by?: number,
): Promise<void> {
  await endConnection(trx, line.line_id, 'displaced', now)
  await trx.run('UPDATE line SET displaced_by = ? WHERE id = ?', [by ?? null, line.line_id])
  const seq = nextSeq(line.seq, now)
  await trx.run(
    'INSERT INTO inbox_event (line_id, seq, type, payload, created_at) VALUES (?, ?, ?, ?, ?)',
    [line.line_id, seq, notice.type, notice.payload, now],
  )
  const { sql, bindings } = startAfresh()
  await trx.run(
    `UPDATE inbox_line SET epoch = epoch + 1, purge_until = ?, seq = ?, due_at = ?, ${sql} WHERE line_id = ?`,
    [line.seq, seq, now, ...bindings, line.line_id],
  )
}

/** Takes the lease away from whoever holds the line, who notices when it settles, and the lockout with it. */
function startAfresh(): { sql: string; bindings: unknown[] } {
  const { sql, bindings } = clearLockout()
  return { sql: `owner = NULL, ${sql}`, bindings }
}

/**
 * Ends a line's connection: settings and identity are deleted, with `purge` its queue too. Void events are deleted by a
 * job later; from now on nobody sees them.
 */
export async function disconnectLine(
  store: Store,
  lineId: number,
  options: { readonly purge: boolean },
  now: number,
): Promise<void> {
  await store.transaction(
    async (trx) => {
      await lockLines(trx, [lineId])
      await endConnection(trx, lineId, 'disconnected', now)
      await bumpEpoch(trx, lineId)
      if (options.purge) await purgeQueue(trx, lineId)
    },
    { isRepeatable: true },
  )
}

async function purgeQueue(trx: Transaction, lineId: number): Promise<void> {
  const { sql, bindings } = startAfresh()
  await trx.run(
    `UPDATE inbox_line SET purge_until = seq, due_at = NULL, ${sql} WHERE line_id = ?`,
    [...bindings, lineId],
  )
}

/**
 * Ends the connection of the line that holds an identity, as if another line had taken it: its portal gets the notice. False
 * if nobody holds it.
 */
export async function releaseIdentity(
  store: Store,
  { connector, identity }: Pick<IdentityClaim, 'connector' | 'identity'>,
  notice: NewEvent,
  now: number,
): Promise<boolean> {
  return await store.transaction(async (trx) => {
    const key = [connector, identity]
    const [held] = await trx.rows<{ line_id: number }>(
      `SELECT line_id FROM identity WHERE connector = ? AND identity = ?${forUpdate(trx)}`,
      key,
    )
    if (!held) return false
    const line = (await lockLines(trx, [held.line_id])).get(held.line_id)
    if (line) await displace(trx, line, notice, now)
    await trx.run('DELETE FROM identity WHERE connector = ? AND identity = ?', key)
    return true
  })
}

const CONNECTION_TABLES = tablesWhere(({ endsWithConnection }) => endsWithConnection === true)

/** Deletes what a line has only while it is connected, and fails what it still had to send. */
async function endConnection(
  trx: Transaction,
  lineId: number,
  status: 'displaced' | 'disconnected',
  now: number,
): Promise<void> {
  for (const table of CONNECTION_TABLES) {
    await trx.run(`DELETE FROM ${table} WHERE line_id = ?`, [lineId])
  }
  await trx.run(
    'UPDATE line SET status = ?, identity = NULL, webhook_installed = ?, updated_at = ? WHERE id = ?',
    [status, false, now, lineId],
  )
  for (const { sql, bindings } of tellLost(lineId, now)) await trx.run(sql, bindings)
  await trx.run(
    `UPDATE outbox_message SET state = 'failed', error_code = 'HUB_LINE_NOT_CONNECTED',
     error_message = 'the line was disconnected before the message was sent', updated_at = ?
     WHERE line_id = ? AND ${IS_OPEN}`,
    [now, lineId],
  )
  await trx.run(
    'UPDATE outbox_line SET due_at = NULL, owner = NULL, paused_at = NULL WHERE line_id = ?',
    [lineId],
  )
}

async function lockLines(
  trx: Transaction,
  lineIds: readonly number[],
): Promise<Map<number, LockedLine>> {
  const ids = [...new Set(lineIds)].sort((a, b) => a - b)
  // The order of locks everywhere: outbox before inbox.
  await trx.rows(
    `SELECT line_id FROM outbox_line WHERE line_id IN ${marks(ids.length)} ORDER BY line_id${forUpdate(trx)}`,
    ids,
  )
  const rows = await trx.rows<LockedLine>(
    `SELECT line_id, epoch, seq FROM inbox_line WHERE line_id IN ${marks(ids.length)}
     ORDER BY line_id${forUpdate(trx)}`,
    ids,
  )
  return new Map(rows.map((row) => [row.line_id, row]))
}

/** Which line holds an identity. */
export async function findHolder(
  store: Store,
  connector: string,
  identity: string,
): Promise<number | undefined> {
  const [row] = await store.rows<{ line_id: number }>(
    'SELECT line_id FROM identity WHERE connector = ? AND identity = ?',
    [connector, identity],
  )
  return row?.line_id
}

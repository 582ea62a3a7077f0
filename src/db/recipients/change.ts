import type { Recipient, RecipientChange } from '../../core/recipient.ts'
import type { Statement, StatementRunner } from '../engine/short-transaction.ts'
import { forUpdate, marks } from '../engine/sql.ts'
import type { Store } from '../engine/store.ts'
import { insertCommEvent, stirLines } from '../inbox/followed.ts'
import { type RecipientName, selectRecipient } from './find.ts'
import { changeRecipient, type RecipientRow, toRecipient } from './rows.ts'

interface LineRow {
  is_followed: number
}

/** Undefined if there is no such recipient. Throws RecipientFullError. */
export async function updateRecipient(
  store: Store,
  lineId: number,
  name: RecipientName,
  change: RecipientChange,
  now: number,
): Promise<{ readonly recipient: Recipient; readonly isFollowed: boolean } | undefined> {
  return await store.shortTransaction(async (runner) => {
    const mayTell = (change.addTags?.length ?? 0) > 0
    const { before, isFollowed } = await lockRecipient(runner, lineId, name, { mayTell, now })
    if (!before) return { statements: [], value: undefined }
    const { recipient, statements } = changeRecipient(before, change)
    const added = recipient.tags.filter((tag) => !before.tags.includes(tag))
    const isTold = isFollowed && added.length > 0
    const event = { lineId, chatId: before.chatId, type: 'tag.added' }
    const told = isTold
      ? [insertCommEvent({ ...event, payload: JSON.stringify({ tags: added }) }, now)]
      : []
    return { statements: [...statements, ...told], value: { recipient, isFollowed: isTold } }
  })
}

/** Opens the dialog of a chat, or closes it. Undefined if there is no such recipient. */
export async function setDialog(
  store: Store,
  lineId: number,
  chatId: string,
  change: 'open' | 'close',
  now: number,
): Promise<{ readonly isFollowed: boolean } | undefined> {
  return await store.shortTransaction(async (runner) => {
    const how = { mayTell: true, now }
    const { before, isFollowed } = await lockRecipient(runner, lineId, { chatId }, how)
    if (!before) return { statements: [], value: undefined }
    const [columns, values] =
      change === 'open'
        ? ['dialog_at = ?, dialog_closed_at = NULL', [now]]
        : ['dialog_closed_at = ?', [now]]
    const event = { lineId, chatId, type: `dialog.${change}`, payload: '{}' }
    return {
      statements: [
        {
          sql: `UPDATE recipient SET ${columns} WHERE lead = ?`,
          bindings: [...values, before.lead],
        },
        ...(isFollowed ? [insertCommEvent(event, now)] : []),
      ],
      value: { isFollowed },
    }
  })
}

/**
 * Makes recipients one person's. Gives the leads of them that aren't the portal's, or nobody's; then nothing was changed.
 * Repeating it does no harm.
 */
export async function linkRecipients(
  store: Store,
  portalId: string,
  person: string,
  leads: readonly number[],
): Promise<readonly number[]> {
  const ids = [...new Set(leads)].sort((a, b) => a - b)
  return await store.shortTransaction(
    async (runner) => {
      const [found] = await runner.batch([
        {
          sql: `SELECT lead, portal_id FROM recipient WHERE lead IN ${marks(ids.length)} ORDER BY lead${forUpdate(runner)}`,
          bindings: ids,
        },
      ])
      const rows = (found?.rows ?? []) as Pick<RecipientRow, 'lead' | 'portal_id'>[]
      const own = new Set(rows.filter((row) => row.portal_id === portalId).map(({ lead }) => lead))
      const foreign = ids.filter((lead) => !own.has(lead))
      if (foreign.length > 0) return { statements: [], value: foreign }
      const link: Statement = {
        sql: `UPDATE recipient SET person = ? WHERE lead IN ${marks(ids.length)} AND portal_id = ?`,
        bindings: [person, ...ids, portalId],
      }
      return { statements: [link], value: [] }
    },
    { isRepeatable: true },
  )
}

/**
 * The recipient, its row locked. What the communications are to be told of is stirred up first: the rows of `comm_line` come
 * before those of recipients.
 */
async function lockRecipient(
  runner: StatementRunner,
  lineId: number,
  name: RecipientName,
  { mayTell, now }: { readonly mayTell: boolean; readonly now: number },
): Promise<{ readonly before?: Recipient; readonly isFollowed: boolean }> {
  const [line] = await runner.batch([
    { sql: 'SELECT is_followed FROM inbox_line WHERE line_id = ?', bindings: [lineId] },
  ])
  const isFollowed = Boolean((line?.rows[0] as LineRow | undefined)?.is_followed)
  const stir = mayTell && isFollowed ? stirLines([lineId], now) : []
  const { sql, bindings } = selectRecipient(lineId, name)
  const outcomes = await runner.batch([...stir, { sql: `${sql}${forUpdate(runner)}`, bindings }])
  const row = outcomes.at(-1)?.rows[0] as RecipientRow | undefined
  return { ...(row ? { before: toRecipient(row) } : {}), isFollowed }
}

import { hash } from 'node:crypto'
import type { Transaction } from '../engine/store.ts'

/**
 * Names what is stored as a line's settings: whoever saves over them says which he has seen. Sealed values are sealed anew with
 * each save, so that another save is another version, whatever it holds; nothing of a secret can be told from it.
 */
export async function readSettingsVersion(
  store: Pick<Transaction, 'rows'>,
  lineId: number,
): Promise<string> {
  const rows = await store.rows<{ key: string; value: string }>(
    'SELECT `key`, value FROM line_setting WHERE line_id = ? ORDER BY `key`',
    [lineId],
  )
  const text = JSON.stringify(rows.map(({ key, value }) => [key, value]))
  return hash('sha256', text, 'base64url').slice(0, 22)
}

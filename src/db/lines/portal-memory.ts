import type { MemoryChange, PortalMemory, Remembered } from '../../core/dialect-memory.ts'
import type { SecretBox } from '../engine/secret-box.ts'
import { forUpdate } from '../engine/sql.ts'
import type { Store, Transaction } from '../engine/store.ts'
import { secretPlaces } from './secret-places.ts'

interface MemoryRow {
  readonly value: string
  readonly version: number
}

/** The table `portal_memory`: what a dialect keeps of a portal, sealed. */
export class PortalMemoryRepository implements PortalMemory {
  readonly #store: Store
  readonly #box: SecretBox

  constructor(store: Store, box: SecretBox) {
    this.#store = store
    this.#box = box
  }

  async read(portalId: string, name: string): Promise<Remembered | undefined> {
    const [row] = await this.#store.rows<MemoryRow>(
      'SELECT value, version FROM portal_memory WHERE portal_id = ? AND name = ?',
      [portalId, name],
    )
    if (!row) return undefined
    const { version } = row
    return { version, value: this.#box.open(row.value, secretPlaces.portalMemory(portalId, name)) }
  }

  async write(portalId: string, changes: readonly MemoryChange[]): Promise<boolean> {
    return await this.#store.transaction(async (trx) => {
      // The portal's row is locked: of two writers one comes after the other, and none after the portal's removal.
      const found = await trx.rows(`SELECT id FROM portal WHERE id = ?${forUpdate(trx)}`, [
        portalId,
      ])
      if (found.length === 0) return false
      const versions = await readVersions(trx, portalId, changes)
      const isAsExpected = changes.every(
        ({ name, expected = versions.get(name) ?? 0 }) => expected === (versions.get(name) ?? 0),
      )
      if (!isAsExpected) return false
      for (const change of changes) await this.#change(trx, portalId, change, versions)
      return true
    })
  }

  async #change(
    trx: Transaction,
    portalId: string,
    { name, value }: MemoryChange,
    versions: ReadonlyMap<string, number>,
  ): Promise<void> {
    const version = versions.get(name)
    if (value === undefined) {
      await trx.run('DELETE FROM portal_memory WHERE portal_id = ? AND name = ?', [portalId, name])
      return
    }
    const sealed = this.#box.seal(value, secretPlaces.portalMemory(portalId, name))
    if (version === undefined) {
      await trx.run(
        'INSERT INTO portal_memory (portal_id, name, version, value) VALUES (?, ?, 1, ?)',
        [portalId, name, sealed],
      )
      return
    }
    await trx.run(
      'UPDATE portal_memory SET version = ?, value = ? WHERE portal_id = ? AND name = ?',
      [version + 1, sealed, portalId, name],
    )
  }
}

async function readVersions(
  trx: Transaction,
  portalId: string,
  changes: readonly MemoryChange[],
): Promise<Map<string, number>> {
  const versions = new Map<string, number>()
  for (const { name } of changes) {
    const [row] = await trx.rows<{ version: number }>(
      `SELECT version FROM portal_memory WHERE portal_id = ? AND name = ?${forUpdate(trx)}`,
      [portalId, name],
    )
    if (row) versions.set(name, row.version)
  }
  return versions
}

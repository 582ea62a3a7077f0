import { parseConfig } from '#config'
import { Store } from '../../src/db/engine/store.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')

/** Opens the store at `databaseUrl` (of HUB_DATABASE_URL's form) for as long as `work` takes. */
export async function withStore<T>(
  databaseUrl: string,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const config = parseConfig({ HUB_DATABASE_URL: databaseUrl, HUB_SECRET_KEY: KEY })
  const store = new Store(config.database)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

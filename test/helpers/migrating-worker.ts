import { parentPort } from 'node:worker_threads'
import { migrateUp } from '../../src/db/engine/migrator.ts'
import type { MigrationReply } from './migrating-thread.ts'
import { withStore } from './with-store.ts'

parentPort?.on('message', (databaseUrl: string) => {
  withStore(databaseUrl, migrateUp).then(
    (applied) => reply({ applied }),
    (error: unknown) => reply({ error }),
  )
})

function reply(message: MigrationReply): void {
  parentPort?.postMessage(message)
}

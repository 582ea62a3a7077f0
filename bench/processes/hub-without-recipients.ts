import { once } from 'node:events'
import { parseConfig } from '#config'
import { readEnvironment } from '#config/env.ts'
import { startApp } from '../../src/app.ts'

/** The hub as `hub start` runs it, but that it keeps nothing of recipients: what a measurement compares with. */
const app = await startApp(parseConfig(readEnvironment()), { withoutRecipients: true })
await once(process, 'SIGTERM')
await app.stop()

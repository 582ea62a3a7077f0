import { writeFileSync } from 'node:fs'
import { connectors } from '#connectors'
import { writeConnectorsPage } from './connectors-page.ts'

/** `npm run docs`: writes the pages that are made from the code. */
const page = new URL('../../docs/connectors.md', import.meta.url)
writeFileSync(page, writeConnectorsPage(connectors))
process.stdout.write('docs/connectors.md was written\n')

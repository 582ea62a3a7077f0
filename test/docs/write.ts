import { writeFileSync } from 'node:fs'
import { connectors } from '#connectors'
import { writeClientTypes } from './client-types.ts'
import { writeConnectorsPage } from './connectors-page.ts'
import { writeShapesPage } from './shapes-page.ts'

/** `npm run docs`: writes the pages and the types of the client that are made from the code. */
const page = new URL('../../docs/connectors.md', import.meta.url)
writeFileSync(page, writeConnectorsPage(connectors))
writeFileSync(new URL('../../docs/shapes.md', import.meta.url), writeShapesPage())
writeFileSync(new URL('../../src/client/events.ts', import.meta.url), writeClientTypes())
process.stdout.write('docs/connectors.md, docs/shapes.md and src/client/events.ts were written\n')

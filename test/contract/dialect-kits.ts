import { AcmePortalOfSuite } from '../fakes/acme/kit.ts'
import { ChatwootPortalOfSuite, chatwootDeeds } from '../fakes/chatwoot/kit.ts'
import type { DialectKit } from './dialect-kit.ts'
import { NativePortalOfSuite } from './native-dialect-kit.ts'

/** A kit for each dialect, those that only tests know included. */
export const dialectKits: Readonly<Record<string, DialectKit>> = {
  native: {
    startPortal: () => NativePortalOfSuite.start(),
    brokenAnswers: {
      'a list that names nobody': { body: { accepted: [], rejected: [] } },
      'another account of ids': { body: { accepted: ['evt_000000000001'] } },
    },
  },
  chatwoot: {
    startPortal: () => ChatwootPortalOfSuite.start(),
    brokenAnswers: {
      'a page of HTML with a 200': { body: '<html>Login</html>' },
      'an empty 200': {},
      'a message without an id': { body: { content: 'x' } },
      null: { body: 'null' },
    },
    deeds: chatwootDeeds,
  },
  acme: {
    startPortal: () => AcmePortalOfSuite.start(),
    brokenAnswers: {
      'a page of HTML with a 200': { body: '<html>Fatal error</html>' },
      'an empty 200': {},
    },
  },
}

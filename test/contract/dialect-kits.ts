import { AcmePortalOfSuite } from '../fakes/acme/kit.ts'
import { BitrixRestPortalOfSuite } from '../fakes/bitrix-rest/kit.ts'
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
  'bitrix-rest': {
    startPortal: () => BitrixRestPortalOfSuite.start(),
    brokenAnswers: {
      'a page of HTML with a 200': { body: '<html>Fatal error</html>' },
      'JSON null': { body: 'null' },
      'a result that is null': { body: { result: null } },
      'an error inside of a success': { body: { result: { result: false, error: 'NO_WAY' } } },
      'a result without SUCCESS': { body: { result: { SUCCESS: false, DATA: [] } } },
      'a line that is switched off': { status: 400, body: { error: 'NOT_ACTIVE_LINE' } },
      'ten megabytes': { body: `{"result":true,"x":"${'x'.repeat(10 * 1024 * 1024)}"}` },
    },
  },
  acme: {
    startPortal: () => AcmePortalOfSuite.start(),
    brokenAnswers: {
      'a page of HTML with a 200': { body: '<html>Fatal error</html>' },
      'an empty 200': {},
    },
  },
}

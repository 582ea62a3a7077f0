import { AcmePortalOfSuite } from '../fakes/acme/kit.ts'
import { BitrixRestPortalOfSuite } from '../fakes/bitrix-rest/kit.ts'
import { ChatwootPortalOfSuite, chatwootDeeds } from '../fakes/chatwoot/kit.ts'
import { BitrixPortalOfSuite } from './bitrix-dialect-kit.ts'
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
  bitrix: {
    startPortal: () => BitrixPortalOfSuite.start(),
    statusKey: 'bx.1807.86497',
    refusesInBody: true,
    repeatsAreHarmless: true,
    brokenAnswers: {
      'a page of HTML with a 200': { body: '<html><form>Log in</form></html>' },
      'an empty 200': {},
      null: { body: 'null' },
      'text in JSON': { body: '"OK"' },
      'a list': { body: '[]' },
      'OK as text': { body: { OK: 'false' } },
      'no reason': { body: { OK: false } },
      'a line that is not active': {
        body: { OK: false, DATA: [], ERROR: [{ CODE: 'NOT_ACTIVE_LINE' }] },
      },
      'an error of its own': {
        body: { OK: false, ERROR: { CODE: 'MODULE_NOT_INSTALLED', MESSAGE: 'x' } },
      },
      'words before the JSON': { body: 'Warning: something {"OK":true}' },
      'more than anybody reads': { body: `{"OK":true,"DATA":"${'x'.repeat(300 * 1024)}"}` },
    },
  },
}

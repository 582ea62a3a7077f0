import { z } from 'zod'
import { isRecord } from '../../core/json.ts'
import { RefusedRequestError } from '../../core/route.ts'
import { portalOf } from '../access.ts'
import type { AdminDesk } from '../desk.ts'
import { EVERYBODY, endpoint } from '../endpoint.ts'
import type { Scope } from '../scope.ts'

/** They make what opens the hub: a person at a console has other ways to that. */
const NOT_HERE: ReadonlySet<string> = new Set(['createConsoleLink', 'rotateSecret'])

/** Every remote method, as the portal itself would call it. */
export const METHOD_ENDPOINTS = [
  endpoint({
    method: 'POST',
    path: '/portals/:id/methods/:method',
    id: 'callMethod',
    summary: 'calls a remote method as the portal itself would; the body holds its params',
    scopes: EVERYBODY,
    body: z.record(z.string(), z.unknown()),
    answer: z.strictObject({ result: z.unknown() }),
    async run(call, desk) {
      const { scope, body } = call
      const method = call.params['method'] ?? ''
      const portal = await portalOf(call, desk)
      if (NOT_HERE.has(method)) throw forbidden(`${method} can't be called this way`)
      if (scope.kind === 'line') requireOwnLine(scope, body, desk.methods.isAboutLine(method))
      if (method === 'saveSettings') await guardSecrets(portal.id, body, desk)
      return { result: await desk.methods.call(portal, method, body) }
    },
  }),
]

/** Whoever sees one line calls methods about that line. */
function requireOwnLine(
  scope: Extract<Scope, { kind: 'line' }>,
  { connector, line }: Readonly<Record<string, unknown>>,
  isAboutLine: boolean,
): void {
  if (isAboutLine && connector === scope.connector && line === scope.line) return
  throw forbidden('this session is about one line: only methods of that line can be called')
}

/** As for the settings' own endpoints; what isn't params at all, the method refuses itself. */
async function guardSecrets(
  portalId: string,
  { connector, line, settings }: Readonly<Record<string, unknown>>,
  { lineOperations }: AdminDesk,
): Promise<void> {
  if (typeof connector !== 'string' || typeof line !== 'string' || !isRecord(settings)) return
  await lineOperations.guardSecrets({ portalId, connector, externalId: line }, settings)
}

function forbidden(message: string): RefusedRequestError {
  return new RefusedRequestError('HUB_FORBIDDEN', message)
}

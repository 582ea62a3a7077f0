import { given } from '../../core/given.ts'
import { consoleLinkShape } from '../../core/shapes/admin.ts'
import { consoleLinkParams } from '../../core/shapes/console-link.ts'
import { portalMethod } from './method.ts'

/** A link for the portal's administrators: it opens the console once. */
export const createConsoleLink = portalMethod(
  'createConsoleLink',
  {
    summary: "a link that opens the console once, for the portal's administrators",
    params: consoleLinkParams,
    result: consoleLinkShape,
  },
  async ({ ttlSec, connector, line, language, embedIn }, call) => {
    if (connector !== undefined) call.lineOperations.findConnector(connector)
    const grant = { portalId: call.portal.id, ...given({ connector, line, language, embedIn }) }
    return await call.consoleLinks.make(grant, ttlSec * 1000)
  },
)

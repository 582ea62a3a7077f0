import type { Portal } from '../../core/portal.ts'
import type { LineRecord } from '../../db/lines/lines.ts'
import type { AdminDesk } from '../desk.ts'

/** Calls a remote method about a line as its portal would. Throws what that throws. */
export async function byMethod(
  { methods }: Pick<AdminDesk, 'methods'>,
  portal: Portal,
  { connector, externalId: line }: LineRecord,
  name: string,
  params: object = {},
): Promise<unknown> {
  return await methods.call(portal, name, { ...params, connector, line })
}

import { type CommandCall, lineOf } from '../command-call.ts'
import type { LineName } from '../line-acts.ts'
import type { AccountOf } from './accounts.ts'

/** A command about a line whose account somebody logs in to. */
export interface OAuthCall {
  readonly call: CommandCall
  readonly address: LineName
  readonly of: AccountOf
}

/** Of a page that asks what to show. */
export interface InformationCall extends OAuthCall {
  /** What its popup opens for a login. */
  readonly startUrl: string
}

/** Throws CommandError. */
export function toOAuthCall(call: CommandCall): OAuthCall {
  const address = lineOf(call)
  return { call, address, of: { ...address, portalId: call.portal.id } }
}

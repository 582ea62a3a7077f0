import type { DoorRequestHead } from '../../../core/dialect.ts'
import type { Portal } from '../../../core/portal.ts'
import { hookPath, isToken, tokenOf } from './hook.ts'

/** Fetched by channels, and by the hub for them. */
export const FILE_PATH = '/chatwoot/:portalId/:lineId/file'

/**
 * An address of the hub's own for a file of Chatwoot's. Its own redirects to a storage, for some minutes and to where
 * messengers may not reach: channels follow no redirects, and may fetch a file hours later.
 */
export function fileLink(portal: Portal, lineId: number, publicUrl: string, url: string): string {
  const token = tokenOf(portal.secrets[0] ?? '', `file ${lineId} ${url}`)
  const query = new URLSearchParams({ of: url, token })
  return `${publicUrl}${hookPath(portal.id, lineId)}/file?${query}`
}

/** The file's address in a link that the hub has made. */
export function linkedFile(portal: Portal, { params, query }: DoorRequestHead): string | undefined {
  const url = query.get('of') ?? ''
  const of = `file ${Number(params['lineId'])} ${url}`
  return isToken(portal, of, query.get('token') ?? '') ? url : undefined
}

import { given } from '../../core/given.ts'
import { doneShape } from '../../core/shapes/basic.ts'
import {
  apiTokenPageShape,
  createApiTokenParams,
  createdApiTokenShape,
  listApiTokensParams,
  listNotificationsParams,
  notificationIdParams,
  notificationPageShape,
  revokeApiTokenParams,
  savedNotificationShape,
  saveNotificationParams,
} from '../../core/shapes/notification.ts'
import { addressOf, type MethodCall, portalMethod } from './method.ts'

/** Of a line that is there, whatever its status. */
async function findLine(
  { connector, line }: { readonly connector: string; readonly line: string },
  { lineOperations, portal }: MethodCall,
): Promise<number> {
  lineOperations.findConnector(connector)
  return (await lineOperations.find(addressOf(portal, { connector, line }))).id
}

/** The portal, or the line that is named. */
async function tokenPlace(
  {
    connector,
    line,
  }: { readonly connector?: string | undefined; readonly line?: string | undefined },
  call: MethodCall,
): Promise<{ readonly portalId: string; readonly lineId?: number }> {
  const isOfLine = connector !== undefined && line !== undefined
  const lineId = isOfLine ? await findLine({ connector, line }, call) : undefined
  return { portalId: call.portal.id, ...given({ lineId }) }
}

const saveNotification = portalMethod(
  'saveNotification',
  {
    summary: 'saves a slot: an address at which other systems ask for one template message',
    params: saveNotificationParams,
    result: savedNotificationShape,
  },
  async (params, call) => {
    const lineId = await findLine(params.destination, call)
    return await call.communications.notifications.save(
      { portalId: call.portal.id, lineId },
      params,
    )
  },
)

const listNotifications = portalMethod(
  'listNotifications',
  {
    summary: 'the slots with their addresses, the oldest first',
    params: listNotificationsParams,
    result: notificationPageShape,
  },
  (paging, { communications, portal }) => communications.notifications.list(portal.id, paging),
)

const deleteNotification = portalMethod(
  'deleteNotification',
  {
    summary: 'deletes a slot; what it was asked for goes on',
    params: notificationIdParams,
    result: doneShape,
  },
  async ({ id }, { communications, portal }) => {
    await communications.notifications.delete(portal.id, id)
    return { ok: true }
  },
)

const regenerateNotificationWebhook = portalMethod(
  'regenerateNotificationWebhook',
  {
    summary: 'gives a slot another address; the old one stops at once',
    params: notificationIdParams,
    result: savedNotificationShape,
  },
  ({ id }, { communications, portal }) => communications.notifications.regenerate(portal.id, id),
)

const createApiToken = portalMethod(
  'createApiToken',
  {
    summary: 'makes a token for the jobs endpoint, of one line or of all; it is shown this once',
    params: createApiTokenParams,
    result: createdApiTokenShape,
  },
  async ({ name, ...where }, call) =>
    await call.communications.tokens.create(await tokenPlace(where, call), name),
)

const listApiTokens = portalMethod(
  'listApiTokens',
  {
    summary: 'the tokens, without what is secret of them; of a line those that are good for it',
    params: listApiTokensParams,
    result: apiTokenPageShape,
  },
  async ({ limit, cursor, ...where }, call) =>
    await call.communications.tokens.list(await tokenPlace(where, call), { limit, cursor }),
)

const revokeApiToken = portalMethod(
  'revokeApiToken',
  {
    summary: 'ends a token at once; false if there is none',
    params: revokeApiTokenParams,
    result: doneShape,
  },
  async ({ id, ...where }, call) => ({
    ok: await call.communications.tokens.revoke(await tokenPlace(where, call), id),
  }),
)

export const NOTIFICATION_METHODS = [
  saveNotification,
  listNotifications,
  deleteNotification,
  regenerateNotificationWebhook,
  createApiToken,
  listApiTokens,
  revokeApiToken,
] as const

import { z } from 'zod'
import type { ConnectorMethod, MethodContext } from '#core/connector.ts'
import { HubError, ParamsError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { JsonObject } from '#core/json.ts'
import type { Line } from '#core/line.ts'
import { parseParams } from '#core/params.ts'
import type { BotFrameworkClient } from './client.ts'
import { isTrustedUrl } from './hosts.ts'
import { toChatId } from './inbound.ts'
import type { BotFrameworkSettings } from './settings.ts'
import { type ChatContext, chatContextSchema } from './types.ts'

const id = z.string().min(1).max(1024)

const paramsSchema = z.strictObject({
  user: z.strictObject({ id, name: z.string().min(1).max(256).optional() }),
  serviceUrl: z.url({ protocol: /^https?$/ }).optional(),
  tenantId: id.optional(),
  channelId: id.optional(),
  bot: z.strictObject({ id }).optional(),
  isGroup: z.boolean().optional(),
})
const api = {
  summary: "opens a chat with a person who hasn't written yet",
  params: paramsSchema,
  result: z.strictObject({ chat: z.strictObject({ id: z.string() }) }),
}

type Params = z.infer<typeof paramsSchema>

const createdSchema = z.looseObject({ id: z.string().min(1), serviceUrl: z.string().nullish() })

export const methodNames = ['createConversation'] as const

/**
 * `createConversation`: opens a chat with a person who hasn't written yet (Teams wants the `29:` id or the directory's
 * object id of a person for whom the app is installed). What the portal leaves out is taken from the line's latest chat.
 * Result: `{chat: {id}}`, to be used with `sendMessage`. Throws ParamsError, DeliveryError, TransportError.
 */
export function createConversationMethod(
  client: BotFrameworkClient,
  ownChannelId: string | undefined,
): ConnectorMethod<BotFrameworkSettings> {
  return {
    name: 'createConversation',
    api,
    async run(raw, line, call) {
      const params = parseParams(paramsSchema, raw)
      const origin = await findOrigin(params, line, call, ownChannelId)
      const { serviceUrl, channelId, bot, tenantId } = origin
      const body = await client.call(line.settings, {
        method: 'POST',
        serviceUrl,
        path: ['conversations'],
        json: {
          isGroup: params.isGroup ?? false,
          bot,
          members: [params.user],
          ...(tenantId ? { tenantId, channelData: { tenant: { id: tenantId } } } : {}),
        },
        signal: call.signal,
      })
      const created = createdSchema.safeParse(body).data
      if (!created) throw new HubError('HUB_CHANNEL_REFUSED', 'the channel told no conversation id')
      const chatId = toChatId(channelId, created.id, ownChannelId)
      await call.remember(chatId, toContext(created, origin, params, line.settings))
      return { chat: { id: chatId } }
    },
  }
}

type Origin = Pick<ChatContext, 'serviceUrl' | 'channelId' | 'tenantId'> & {
  readonly bot: { readonly id: string }
}

/** Where and as whom to write. Throws ParamsError with all faults at once. */
async function findOrigin(
  params: Params,
  line: Line<BotFrameworkSettings>,
  call: MethodContext,
  ownChannelId: string | undefined,
): Promise<Origin> {
  const latest = chatContextSchema.safeParse(await call.latestConversation()).data
  const channelId = params.channelId ?? ownChannelId ?? latest?.channelId
  // An address, a bot account or a tenant of one channel means nothing in another.
  const known = latest && latest.channelId === channelId ? latest : undefined
  const serviceUrl = params.serviceUrl ?? known?.serviceUrl
  const faults = [
    ...(ownChannelId !== undefined && channelId !== ownChannelId
      ? [{ field: 'channelId', problem: `this connector's channel is ${ownChannelId}` }]
      : []),
    ...(channelId === undefined
      ? [{ field: 'channelId', problem: 'is required until someone has written to this line' }]
      : []),
    ...serviceUrlFaults(serviceUrl, line.settings),
  ]
  if (faults.length > 0 || !channelId || !serviceUrl) throw new ParamsError(faults)
  const tenantId = params.tenantId ?? known?.tenantId
  return {
    serviceUrl,
    channelId,
    bot: params.bot ?? known?.bot ?? { id: defaultBotId(channelId, line.settings) },
    ...given({ tenantId }),
  }
}

function serviceUrlFaults(serviceUrl: string | undefined, settings: BotFrameworkSettings) {
  if (serviceUrl === undefined) {
    const problem = 'is required until someone has written to this line'
    return [{ field: 'serviceUrl', problem }]
  }
  if (isTrustedUrl(serviceUrl, settings)) return []
  return [{ field: 'serviceUrl', problem: 'is not on an allowed host' }]
}

/** Teams and Skype prefix the app id; elsewhere the account is known from traffic only. */
function defaultBotId(channelId: string, settings: BotFrameworkSettings): string {
  const isPrefixed = channelId === 'msteams' || channelId === 'skype'
  return isPrefixed ? `28:${settings.appId}` : settings.appId
}

function toContext(
  created: z.infer<typeof createdSchema>,
  origin: Origin,
  params: Params,
  settings: BotFrameworkSettings,
): JsonObject {
  const told = created.serviceUrl
  return {
    serviceUrl: told && isTrustedUrl(told, settings) ? told : origin.serviceUrl,
    channelId: origin.channelId,
    conversationId: created.id,
    bot: { ...origin.bot },
    user: { id: params.user.id, ...given({ name: params.user.name }) },
    ...given({ tenantId: origin.tenantId }),
    isGroup: params.isGroup ?? false,
  }
}

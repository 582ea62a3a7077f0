import {
  type Community,
  type FakeServer,
  newCode,
  nextCmid,
  takeMessage,
  VkRefusal,
} from './vk-community.ts'

export interface MethodContext {
  readonly community: Community
  readonly params: Readonly<Record<string, string>>
  /** Where the fake listens. */
  readonly origin: string
  /** Posts an event to an address. */
  post(url: string, event: object): Promise<{ readonly status: number; readonly body: string }>
}

type Method = (context: MethodContext) => unknown

/** Ids of saved files: these, and the number of the upload among all. */
export const FIRST_PHOTO = 456
export const FIRST_DOCUMENT = 789

/** The methods of VK that a hub uses. */
export const METHODS: Readonly<Record<string, Method>> = {
  'groups.getById': ({ community: { id, name } }) => ({
    groups: [{ id, name, screen_name: `club${id}` }],
    profiles: [],
  }),
  'groups.getTokenPermissions': ({ community }) => ({
    mask: 4096,
    permissions: community.permissions.map((name, index) => ({ name, setting: 1 << index })),
  }),
  'groups.getCallbackConfirmationCode': ({ community }) => ({ code: community.code }),
  'groups.getCallbackServers': ({ community: { servers } }) => ({
    count: servers.length,
    items: servers.map(({ id, title, url, secretKey, status }) => ({
      id,
      title,
      url,
      secret_key: secretKey,
      status,
      creator_id: 1,
    })),
  }),
  'groups.addCallbackServer': async (context) => {
    const { servers } = context.community
    if (servers.length >= 10) throw new VkRefusal(2000, 'Servers number limit is reached')
    const id = Math.max(0, ...servers.map((server) => server.id)) + 1
    const server: FakeServer = {
      id,
      url: '',
      title: '',
      secretKey: '',
      status: 'unconfigured',
      events: {},
    }
    servers.push(server)
    await configure(context, server)
    return { server_id: id }
  },
  'groups.editCallbackServer': async (context) => {
    await configure(context, findServer(context))
    return 1
  },
  'groups.deleteCallbackServer': (context) => {
    const { servers } = context.community
    servers.splice(servers.indexOf(findServer(context)), 1)
    return 1
  },
  'groups.setCallbackSettings': (context) => {
    findServer(context).events = context.params
    return 1
  },
  'groups.getCallbackSettings': (context) => ({
    api_version: '5.199',
    events: toSwitches(findServer(context).events),
  }),
  'groups.setLongPollSettings': ({ community: { longPoll }, params }) => {
    longPoll.isOn = params['enabled'] === '1'
    longPoll.kinds = params
    return 1
  },
  'groups.getLongPollSettings': ({ community: { longPoll } }) => ({
    is_enabled: longPoll.isOn,
    api_version: '5.199',
    events: toSwitches(longPoll.kinds),
  }),
  'groups.getLongPollServer': ({ community: { longPoll }, origin }) => {
    if (!longPoll.isOn) throw new VkRefusal(15, 'Access denied: long poll is not enabled')
    const { key, events } = longPoll
    return { key, server: `${origin}/longpoll`, ts: String(events.length) }
  },
  'messages.send': sendMessage,
  'messages.edit': ({ community, params }) => {
    const { peer_id: peer, cmid, message_id: id } = params
    const found = community.messages.find(
      (one) => one.peerId === peer && (String(one.cmid) === cmid || String(one.id) === id),
    )
    if (!found || found.isDeleted) throw new VkRefusal(100, 'message is not found')
    // A keyboard that the edit doesn't name is taken away.
    const { keyboard: _, ...before } = found.params
    found.params = { ...before, ...params }
    return 1
  },
  'messages.delete': ({ community, params }) => {
    const { peer_id: peer, cmids = '' } = params
    return cmids.split(',').map((cmid) => {
      const found = community.messages.find(
        (one) => one.peerId === peer && String(one.cmid) === cmid,
      )
      if (found) found.isDeleted = true
      return { peer_id: Number(peer), cmid: Number(cmid), response: found ? 1 : 0 }
    })
  },
  'messages.setActivity': () => 1,
  'messages.markAsRead': () => 1,
  'photos.getMessagesUploadServer': ({ origin }) => ({ upload_url: `${origin}/upload/photo` }),
  'photos.saveMessagesPhoto': ({ params }) => {
    const [{ photo }] = JSON.parse(params['photo'] ?? '') as [{ photo: string }]
    return [{ id: FIRST_PHOTO + Number(photo), owner_id: -7, access_key: 'pk' }]
  },
  'docs.getMessagesUploadServer': ({ origin, params }) => ({
    upload_url: `${origin}/upload/${params['type'] ?? 'doc'}`,
  }),
  'docs.save': ({ params }) => {
    const type = params['file']?.startsWith('audio_message') ? 'audio_message' : 'doc'
    const index = Number(params['file']?.split('|')[1])
    return { type, [type]: { id: FIRST_DOCUMENT + index, owner_id: 55, access_key: 'dk' } }
  },
  'users.get': ({ params }) => [
    {
      id: Number(params['user_ids']),
      first_name: 'Ann',
      last_name: 'Lee',
      screen_name: 'ann_lee',
      sex: 1,
      city: { id: 1, title: 'Moscow' },
      photo_200: 'https://sun9.userapi.example/ann.jpg',
    },
  ],
}

/** All kinds of events that VK knows, those that are off among them. */
function toSwitches(params: Readonly<Record<string, string>>): object {
  const kinds = ['message_new', 'message_reply', 'message_event', 'wall_post_new']
  return Object.fromEntries(kinds.map((kind) => [kind, Number(params[kind] ?? 0)]))
}

function findServer({ community, params }: MethodContext): FakeServer {
  const server = community.servers.find(({ id }) => String(id) === params['server_id'])
  if (!server) throw new VkRefusal(100, 'server_id is invalid')
  return server
}

/** A change makes the code another one; then the address is asked for it. */
async function configure(
  { community, params, post }: MethodContext,
  server: FakeServer,
): Promise<void> {
  const { url = '', title = '', secret_key: secretKey = '' } = params
  if (!URL.canParse(url) || title.length > 14 || !/^\w{0,50}$/.test(secretKey)) {
    throw new VkRefusal(100, 'One of the parameters specified was missing or invalid')
  }
  Object.assign(server, { url, title, secretKey })
  community.code = newCode()
  const event = { type: 'confirmation', group_id: community.id, event_id: newCode(), v: '5.199' }
  const answer = await post(url, event).catch(() => undefined)
  server.status = answer?.status === 200 && answer.body === community.code ? 'ok' : 'failed'
}

/** With `peer_ids` a list, whose entries hold the errors; otherwise VK's own id alone. */
function sendMessage({ community, params }: MethodContext): unknown {
  const { peer_ids: peers, peer_id: peer } = params
  if (peers === undefined) return takeMessage(community, peer ?? '', params).id
  return peers.split(',').map((peerId) => {
    try {
      const { id, cmid } = takeMessage(community, peerId, params)
      return { peer_id: Number(peerId), message_id: id, conversation_message_id: cmid }
    } catch (error) {
      if (!(error instanceof VkRefusal) || error.code < 900) throw error
      const described = { code: error.code, description: error.message }
      return { peer_id: Number(peerId), message_id: 0, error: described }
    }
  })
}

/** What a person writes, as `message_new` has it. */
export function personMessage(
  community: Community,
  personId: number,
  fields: Readonly<Record<string, unknown>>,
): object {
  const cmid = nextCmid(community, String(personId))
  return {
    id: 1000 + cmid,
    conversation_message_id: cmid,
    date: Math.floor(Date.now() / 1000),
    peer_id: personId,
    from_id: personId,
    out: 0,
    text: '',
    attachments: [],
    fwd_messages: [],
    random_id: 0,
    ...fields,
  }
}

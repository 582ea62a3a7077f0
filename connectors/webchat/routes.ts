import type { ConnectorContext, ConnectorRoute } from '#core/connector.ts'
import type { Line } from '#core/line.ts'
import { jsonReply, type RouteReply, type RouteRequest } from '#core/route.ts'
import { eventStream } from '#kit/event-stream.ts'
import { takeFile } from './files.ts'
import { pageOf } from './page.ts'
import { openSession, visitorOf } from './session.ts'
import type { WebChatSettings } from './settings.ts'

const WIDGET = new URL('../../webchat/widget.ts', import.meta.url)
/** Browsers ask again after ten minutes: the name is the same for ever. */
const WIDGET_CACHE = 'public, max-age=600'

type ChatRoute = ConnectorRoute<WebChatSettings>

/** What pages with the chat ask for. */
export function chatRoutes(context: ConnectorContext): ChatRoute[] {
  return [
    {
      method: 'GET',
      path: '',
      summary: 'a page with the chat',
      isOpen: true,
      answer: async (_, line) => pageOf(line),
    },
    {
      method: 'GET',
      path: '/widget.js',
      summary: 'the script that a site includes',
      isOpen: true,
      isRemembered: true,
      answer: (request) =>
        context.browserCode.answer({ entry: WIDGET, name: 'widget' }, request, {
          cache: WIDGET_CACHE,
          headers: { 'cross-origin-resource-policy': 'cross-origin' },
        }),
    },
    {
      method: 'GET',
      path: '/config',
      summary: 'how the widget looks and what it says',
      isOpen: true,
      answer: async (_, line) => configOf(line),
    },
    {
      method: 'POST',
      path: '/session',
      summary: 'a token for a visitor, new or as he had it',
      quota: { perSecond: 1, burst: 60 },
      answer: (request, line) => openSession(context, request, line),
    },
    {
      method: 'GET',
      path: '/events',
      summary: 'server-sent events: what the visitor has not got yet, and then what comes',
      isStream: true,
      // As many as an address may hold open come at once when the hub was away.
      quota: { perSecond: 5, burst: 250 },
      answer: async (request, line) => follow(context, request, line),
    },
    {
      method: 'POST',
      path: '/files',
      summary: 'takes a file; its message comes by the webhook',
      quota: { perSecond: 1, burst: 30 },
      answer: (request, line) => takeFile(context, request, line),
    },
  ]
}

/** How the widget looks and what it says. */
function configOf({ settings }: Line<WebChatSettings>): RouteReply {
  const { origins: _, ...shown } = settings
  const reply = jsonReply(200, shown)
  return { ...reply, headers: { ...reply.headers, 'cache-control': 'no-cache' } }
}

/** The letters of a visitor's chat behind the last one that the page has. */
function follow(
  { mailbox, clock }: ConnectorContext,
  request: RouteRequest,
  line: Line<WebChatSettings>,
): RouteReply {
  const chatId = visitorOf(request, line, clock.now())
  const last = Number(request.headers['last-event-id'] ?? request.query.get('lastEventId') ?? '')
  const after = Number.isSafeInteger(last) && last > 0 ? last : 0
  return eventStream(clock, request.signal, (write, end) =>
    mailbox.follow({
      lineId: line.id,
      chatId,
      after,
      end,
      take(letters) {
        for (const { seq, at, body } of letters) {
          const event = String(body['type'])
          write({ id: String(seq), event, data: { ...body, at: new Date(at).toISOString() } })
        }
      },
    }),
  )
}

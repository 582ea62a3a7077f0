import { toMessageId } from '../../../connectors/slack/message-id.ts'
import { given } from '../../../src/core/given.ts'
import type { Button } from '../../../src/core/message.ts'
import type { SlackCall } from '../../fakes/slack.ts'
import {
  type Json,
  listAt,
  objectAt,
  type SentAct,
  type SentView,
  unescapeMarkup,
  viewOf,
} from '../view.ts'

const ACTS: Readonly<Record<string, SentAct>> = {
  'chat.postMessage': 'message',
  'chat.update': 'edit',
  'chat.delete': 'delete',
}

/** What a method of the Web API shows; undefined for methods that show nothing. */
export function readSlack({ method, body }: SlackCall): SentView | undefined {
  const act = ACTS[method]
  if (!act) return undefined
  const { channel } = body
  return viewOf(act, channel, {
    texts: act === 'delete' ? [] : readTexts(body),
    buttons: readButtons(body),
    messageId: idOf(channel, body['ts']),
    replyTo: idOf(channel, body['thread_ts']),
  })
}

function idOf(channel: unknown, ts: unknown): string | undefined {
  return ts === undefined ? undefined : toMessageId(String(channel), String(ts))
}

/** Blocks are shown instead of the text, which then stands in notifications alone. */
function readTexts(body: Json): string[] {
  const blocks = listAt(body, 'blocks')
  const shown = blocks.map((block) => objectAt(block, 'text')['text'])
  return (blocks.length > 0 ? shown : [body['text']])
    .filter((text) => typeof text === 'string')
    .map(unescapeMarkup)
}

function readButtons(body: Json): Button[] {
  return listAt(body, 'blocks')
    .flatMap((block) => listAt(block, 'elements'))
    .map((button) => ({
      text: String(objectAt(button, 'text')['text']),
      ...given({
        url: button['url'] as string | undefined,
        payload: button['value'] as string | undefined,
      }),
    }))
}

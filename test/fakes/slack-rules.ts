/** What Slack refuses of a message: the `error` of its answer. */
type Refusal = string | undefined

type Fields = Readonly<Record<string, unknown>>

const isText = (value: unknown, max: number): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= max
const isAddress = (value: unknown, max: number): boolean =>
  isText(value, max) && /^https?:/.test(String(value)) && URL.canParse(String(value))
const isAbsent = (value: unknown): boolean => value === undefined

/** https://docs.slack.dev/changelog/2018-truncating-really-long-messages; today it refuses instead of cutting. */
const TEXT_LIMIT = 40_000
const MAX_BLOCKS = 50
const SECTION_LIMIT = 3000
const MAX_ELEMENTS = 25

/** Undefined if Slack would take this text with these blocks. https://docs.slack.dev/reference/methods/chat.postMessage#errors */
export function checkContent({ text, blocks }: Fields): Refusal {
  const hasBlocks = Array.isArray(blocks) && blocks.length > 0
  if (!isAbsent(text) && typeof text !== 'string') return 'invalid_arguments'
  if (!text && !hasBlocks) return 'no_text'
  if (String(text ?? '').length > TEXT_LIMIT) return 'msg_too_long'
  if (isAbsent(blocks)) return undefined
  if (!Array.isArray(blocks)) return 'invalid_blocks_format'
  if (blocks.length > MAX_BLOCKS) return 'invalid_blocks'
  const actionIds = (blocks as Fields[]).flatMap(({ elements }) =>
    Array.isArray(elements) ? (elements as Fields[]).map((element) => element['action_id']) : [],
  )
  const hasTwins = new Set(actionIds).size < actionIds.length
  return !hasTwins && blocks.every(isBlock) ? undefined : 'invalid_blocks'
}

/** https://docs.slack.dev/reference/block-kit/blocks */
function isBlock(block: Fields): boolean {
  if (block['type'] === 'section') {
    const { type, text } = (block['text'] ?? {}) as Fields
    return (type === 'mrkdwn' || type === 'plain_text') && isText(text, SECTION_LIMIT)
  }
  const { type, elements } = block
  if (type !== 'actions' || !Array.isArray(elements)) return false
  return elements.length > 0 && elements.length <= MAX_ELEMENTS && elements.every(isButton)
}

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element */
function isButton({ type, text, action_id: id, value, url }: Fields): boolean {
  const label = (text ?? {}) as Fields
  return (
    type === 'button' &&
    label['type'] === 'plain_text' &&
    isText(label['text'], 75) &&
    isText(id, 255) &&
    (isAbsent(value) || isText(value, 2000)) &&
    (isAbsent(url) || isAddress(url, 3000))
  )
}

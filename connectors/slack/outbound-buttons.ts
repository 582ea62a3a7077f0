import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import type { Button } from '#core/message.ts'
import { chunk } from '#kit/chunk.ts'
import { listButtons, visibleButtons } from '#kit/degrade.ts'
import { listOf, textFields } from '#kit/json-answer.ts'
import { isWebAddress } from '#kit/web-address.ts'

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element */
const LABEL_LIMIT = 75
const VALUE_LIMIT = 2000
const URL_LIMIT = 3000
/** https://docs.slack.dev/reference/block-kit/blocks/actions-block */
const ROW_LENGTH = 25
/** A message has 50 blocks in all: there is room left for its text. */
const MAX_ROWS = 40

/** How the `action_id` of a button that opens a page begins. */
export const LINK_ACTION = 'link_'
/** And that of one that tells of a press. */
export const PRESS_ACTION = 'press_'

export interface PlannedButtons {
  /** Blocks, one a row; empty where none can be shown. */
  readonly actions: readonly object[]
  /** Buttons that Slack can't show, or not with all that is written on them, as lines of text. */
  readonly list: readonly string[]
}

/** Buttons as blocks of actions, one under another. */
export function planButtons(rows: readonly (readonly Button[])[]): PlannedButtons {
  const all = visibleButtons(rows)
  const listed = all.filter((button) => !isNative(button) || isCut(button))
  const shown = rows.flatMap((row) =>
    chunk(
      visibleButtons([row]).filter((button) => isNative(button)),
      ROW_LENGTH,
    ),
  )
  if (shown.length > MAX_ROWS) return { actions: [], list: listButtons(all) }
  return { actions: shown.map(toBlock), list: listButtons(listed) }
}

function isNative(button: Button): boolean {
  const { url } = button
  return url === undefined
    ? (valueIn(button)?.length ?? 0) <= VALUE_LIMIT
    : isWebAddress(url) && url.length <= URL_LIMIT
}

function isCut({ text }: Button): boolean {
  return text.length > LABEL_LIMIT
}

/** What comes back with a press; Slack gives the label if there is none, and a cut one isn't the portal's. */
function valueIn(button: Button): string | undefined {
  return button.payload ?? (isCut(button) ? button.text : undefined)
}

function toBlock(row: readonly Button[], rowIndex: number): object {
  const elements = row.map((button, index) => ({
    type: 'button',
    // No two of a message's may be alike.
    action_id: `${button.url === undefined ? PRESS_ACTION : LINK_ACTION}${rowIndex}_${index}`,
    // Not read for `:names:` of emoji: a label is shown as it was typed.
    text: { type: 'plain_text', text: shorten(button.text), emoji: false },
    ...given({ url: button.url, value: button.url === undefined && valueIn(button) }),
  }))
  return { type: 'actions', elements }
}

function shorten(text: string): string {
  return text.length <= LABEL_LIMIT ? text : `${text.slice(0, LABEL_LIMIT - 1).toWellFormed()}…`
}

/** The buttons of blocks as lines of text, for when Slack won't have the blocks. */
export function listActions(actions: readonly unknown[]): string[] {
  const elements = actions.filter(isRecord).flatMap(({ elements: row }) => listOf(row))
  const buttons = elements.filter(isRecord).map((one) => {
    return { text: textFields(one['text'])('text'), ...given({ url: textFields(one)('url') }) }
  })
  return listButtons(visibleButtons([buttons]))
}

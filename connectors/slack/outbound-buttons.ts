import { given } from '#core/given.ts'
import type { Button } from '#core/message.ts'
import { chunk } from '#kit/chunk.ts'
import { listButtons, visibleButtons } from '#kit/degrade.ts'
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

export interface PlannedButtons {
  /** Blocks, one a row; empty where none can be shown. */
  readonly actions: readonly object[]
  /** Buttons that Slack can't show, as lines of text. */
  readonly list: readonly string[]
}

/** Buttons as blocks of actions, one under another. */
export function planButtons(rows: readonly (readonly Button[])[]): PlannedButtons {
  const all = visibleButtons(rows)
  const listed = all.filter((button) => !isNative(button))
  const shown = rows.flatMap((row) =>
    chunk(
      visibleButtons([row]).filter((button) => isNative(button)),
      ROW_LENGTH,
    ),
  )
  if (shown.length > MAX_ROWS) return { actions: [], list: listButtons(all) }
  return { actions: shown.map(toBlock), list: listButtons(listed) }
}

function isNative({ url, payload }: Button): boolean {
  return url === undefined
    ? (payload?.length ?? 0) <= VALUE_LIMIT
    : isWebAddress(url) && url.length <= URL_LIMIT
}

function toBlock(row: readonly Button[], rowIndex: number): object {
  const elements = row.map(({ text, url, payload }, index) => ({
    type: 'button',
    // No two of a message's may be alike.
    action_id: `${url === undefined ? 'press_' : LINK_ACTION}${rowIndex}_${index}`,
    // Not read for `:names:` of emoji: a label is shown as it was typed.
    text: { type: 'plain_text', text: shorten(text), emoji: false },
    ...given({ url, value: url === undefined && payload }),
  }))
  return { type: 'actions', elements }
}

function shorten(text: string): string {
  return text.length <= LABEL_LIMIT ? text : `${text.slice(0, LABEL_LIMIT - 1).toWellFormed()}…`
}

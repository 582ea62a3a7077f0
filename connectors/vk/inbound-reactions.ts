/**
 * VK numbers its reactions and shows communities no list of them: `messages.getReactionsAssets` is for people's tokens
 * (https://dev.vk.com/en/method/messages.getReactionsAssets). The numbers here are those of
 * https://github.com/Shagrat2/openclaw-vk (`src/send.ts`). 6 and 11 are left out: other lists name other emoji for them.
 */
const EMOJI: ReadonlyMap<number, string> = new Map([
  [1, '❤️'],
  [2, '🔥'],
  [3, '😂'],
  [4, '👍'],
  [5, '💩'],
  [7, '😭'],
  [8, '😡'],
  [9, '👎'],
  [10, '👌'],
  [12, '🤔'],
  [13, '🙏'],
  [14, '😘'],
  [15, '😍'],
  [16, '🎉'],
])

/** The emoji, or `reaction:<number>` for one that isn't known. */
export function nameReaction(id: number): string {
  return EMOJI.get(id) ?? `reaction:${id}`
}

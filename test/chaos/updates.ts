const LINE_PREFIX = 'chaos-'
/** Update ids of one line; every line has a range of its own, as every bot has. */
const FIRST_UPDATE_ID = 100_000

export function lineName(line: number): string {
  return `${LINE_PREFIX}${line}`
}

/** The index of the line that `lineName` names; -1 for any other. */
export function readLine(name: string | undefined): number {
  return name?.startsWith(LINE_PREFIX) ? Number(name.slice(LINE_PREFIX.length)) : -1
}

/** A person's message with its number within the line. */
export function toUpdate(line: number, number: number): string {
  const person = { id: 1000 + line, first_name: 'Anna', username: `anna_${line}` }
  return JSON.stringify({
    update_id: FIRST_UPDATE_ID + number,
    message: {
      message_id: number + 1,
      from: { ...person, is_bot: false, language_code: 'en' },
      chat: { ...person, type: 'private' },
      date: Math.floor(Date.now() / 1000),
      text: `n=${number}. Could you tell me when the blue jacket of my order ships? 😀`,
    },
  })
}

/** The number that `toUpdate` was given; -1 if there is none. */
export function readNumber(text: string | undefined): number {
  return Number(/^n=(\d+)\./.exec(text ?? '')?.[1] ?? -1)
}

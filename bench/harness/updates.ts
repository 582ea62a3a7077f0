/**
 * Ids of the updates. Every run of the generator has a range of its own below those of the probes, so that nothing in one
 * benchmark is ever taken for a repeat; all stay below 2^31.
 */
const BULK_IDS_FROM = 1_000_000_000
const BULK_RANGE = 10_000_000
export const PROBE_IDS_FROM = 2_000_000_000
const PROBE_RANGE = 1_000_000

let bulkRuns = 0
let probeRuns = 0

export function nextBulkIds(): number {
  return BULK_IDS_FROM + BULK_RANGE * bulkRuns++
}

export function nextProbeIds(): number {
  return PROBE_IDS_FROM + PROBE_RANGE * probeRuns++
}

/** A message that tells when it was posted, in milliseconds of the machine's monotonic clock. */
export function toProbe(id: number, postedAt: number): object {
  const person = { id, first_name: 'Anna', last_name: 'Berg', username: `anna_berg_${id}` }
  return {
    update_id: id,
    message: {
      message_id: id,
      from: { ...person, is_bot: false, language_code: 'en' },
      chat: { ...person, type: 'private' },
      date: Math.floor(Date.now() / 1000),
      text: `t=${postedAt.toFixed(3)} Could you tell me when the blue jacket of my order ships? 😀`,
    },
  }
}

export function readPostedAt(text: string | undefined): number | undefined {
  const found = text?.startsWith('t=') ? /^t=(\d+\.\d+)/.exec(text)?.[1] : undefined
  return found === undefined ? undefined : Number(found)
}

import type { Command } from 'commander'
import { lineName } from '../core/log-names.ts'
import { findHeldEvent, findHeldMessage } from '../db/journal/queues.ts'
import { readQueueState } from '../db/journal/waiting.ts'
import type { FoundMessage } from '../journal/finder.ts'
import type { ShownStep } from '../journal/item.ts'
import { type WaitingItem, whyIn, whyOut } from '../lines/waiting.ts'
import type { Services } from '../services.ts'
import { formatAge } from './age.ts'
import { CommandError, print, withServices } from './context.ts'
import { escapeControls } from './printable.ts'

interface JsonOption {
  readonly json?: boolean
}

/** Where it is now; absent: in no queue. */
type Waits = Pick<WaitingItem, 'state' | 'until' | 'attempt'> & { readonly queue: string }

/** No id is longer; a megabyte given by mistake must not be looked for. */
const MAX_ID = 255

/** `hub message`. */
export function addMessageCommand(program: Command): void {
  program
    .command('message <id>')
    .description(
      "say what became of a message: by its evt_…, out_… or pkt_…, the channel's id, or the portal's key",
    )
    .option('--json', 'print JSON')
    .action((id: string, options: JsonOption) => show(id, options))
}

async function show(id: string, { json }: JsonOption): Promise<void> {
  if (id === '' || id.length > MAX_ID || !id.isWellFormed()) {
    throw new CommandError(`an id has 1 to ${MAX_ID} characters`)
  }
  await withServices(async (services) => {
    const found = await services.messageFinder.find({ id })
    const now = services.clock.now()
    const all: { found: FoundMessage; waits: Waits | undefined }[] = []
    for (const one of found) all.push({ found: one, waits: await findWaits(services, one, now) })
    const items = all.map(({ found: { line, item }, waits }) => ({
      portal: line.portalId,
      lineId: line.lineId,
      ...item,
      ...(waits ? { waits } : {}),
    }))
    if (items.length === 0 && json !== true) throw new CommandError(unknown(id, services))
    const stories = all.map(({ found: one, waits }) => tell(one, waits, now))
    print(json === true, { items }, stories.join('\n\n'))
  })
}

function unknown(id: string, { config }: Services): string {
  const shown = escapeControls(id.slice(0, 64))
  const days = config.journalMs / 86_400_000
  return days === 0
    ? `no queue holds ${shown}, and the journal is off (HUB_JOURNAL_DAYS=0)`
    : `nothing is known of ${shown}; what is older than ${days} days is forgotten (HUB_JOURNAL_DAYS)`
}

async function findWaits(
  { store }: Services,
  { target: { lineId, direction, seq } }: FoundMessage,
  now: number,
): Promise<Waits | undefined> {
  if (seq === undefined) return undefined
  if (direction === 'in') {
    const held = await findHeldEvent(store, lineId, seq)
    if (!held) return undefined
    if (held.dead) return { queue: 'dead letters', state: 'given up' }
    return { queue: 'inbox', ...whyIn(await readQueueState(store, lineId), now) }
  }
  const held = await findHeldMessage(store, lineId, seq)
  if (held?.state !== 'queued' && held?.state !== 'sending') return undefined
  const why = whyOut(await readQueueState(store, lineId), held, now)
  return { queue: 'outbox', ...why, attempt: held.attempt }
}

/** The story of one message, for people. Whatever came from outside can't steer the terminal. */
function tell({ line, item }: FoundMessage, waits: Waits | undefined, now: number): string {
  const id = item.evt ?? item.out ?? '(kept as no event)'
  const way = item.direction === 'in' ? 'from the channel' : 'to the channel'
  const begun = item.steps[0]
  const age = begun ? `, ${formatAge(now - Date.parse(begun.at))} ago` : ''
  const about = [
    `${id}  ${way}${age}`,
    `  line      ${lineName(line)} (lineId ${line.lineId})`,
    ...(item.chat ? [`  chat      ${item.chat.id}`] : []),
    ...(item.messageIds ? [`  messages  ${item.messageIds.join(', ')}`] : []),
    ...item.steps.map((step) => `  ${step.at}  ${describe(step)}`),
    ...(waits ? [`  now       ${describeWaits(waits, now)}`] : []),
  ]
  return about.map(escapeControls).join('\n')
}

function describe({ at: _, step, ...rest }: ShownStep): string {
  const { ms, packet, status, error, reason, outcome, code, message, nextAt, messageIds } = rest
  const words = [
    outcome,
    status === undefined ? error : `HTTP ${status}`,
    code,
    message === undefined ? undefined : `"${message}"`,
    reason,
    messageIds?.join(', '),
    packet,
    ms === undefined ? undefined : `${ms} ms`,
    nextAt === undefined ? undefined : `next try ${nextAt}`,
  ].filter((word) => word !== undefined && word !== '')
  return words.length > 0 ? `${step.padEnd(9)} ${words.join(', ')}` : step
}

function describeWaits({ queue, state, until, attempt }: Waits, now: number): string {
  const next =
    until === undefined ? '' : `, next try ${until} (in ${formatAge(Date.parse(until) - now)})`
  const tries = attempt === undefined || attempt === 0 ? '' : `, attempt ${attempt}`
  return `${queue}: ${state}${tries}${next}`
}

import { type Clock, sleep } from '../core/clock.ts'
import { parseNumberedId, parsePacketId } from '../core/ids.ts'
import type { Store } from '../db/engine/store.ts'
import type { DatedStep } from '../db/journal/codec.ts'
import {
  findHeldEvent,
  findHeldMessage,
  findMessagesNamed,
  readHeldEvents,
} from '../db/journal/queues.ts'
import {
  findLineId,
  findPlaces,
  type JournalPlace,
  type NamedLine,
  type PlaceFilter,
  placeKey,
  readLineNames,
  readPlaces,
} from '../db/journal/read.ts'
import { lookupsOf, slotAt, slotOf, slotsNear } from '../db/journal/slots.ts'
import { subjectOf, withHeldEvent, withHeldMessage } from './from-queues.ts'
import { chatOf, type JournalItem, messageIdsOf, type Target, toItem } from './item.ts'

export interface FinderDeps {
  readonly store: Store
  readonly clock: Clock
  /** How long steps are kept; 0: nothing is written. */
  readonly journalMs: number
  /** Writes what this process has noted and not written yet. Never rejects. */
  flush?(): Promise<void>
}

/** What is looked for: an `evt_…`, `out_…` or `pkt_…`, the channel's id of a message, or a portal's key. */
export interface MessageQuery {
  readonly id: string
  /** Only this portal's lines. Absent: of all. */
  readonly portalId?: string
  readonly connector?: string
  /** As its portal names it. */
  readonly line?: string
  readonly chat?: string
}

export interface FoundMessage {
  readonly line: NamedLine
  readonly target: Target
  readonly item: JournalItem
}

const MAX_ITEMS = 50
/** Lines and seconds that are looked into. Where ids are counted chat by chat, one leads to very many. */
const MAX_PLACES = 400
const PLACES_AT_ONCE = 20
/** Ids that are looked for at once. Of more messages than that it isn't told whether the channel has sent them again. */
const MAX_SEARCHES = 4
/** Ids of one message by which its repetitions are looked for. */
const MAX_OWN_IDS = 3
/** Of a line's queue, where the journal knows nothing: each is parsed. */
const MAX_SEARCHED = 500
const FLUSH_PATIENCE_MS = 300
/** Steps may be written late, and clocks differ. */
const MARGIN_MS = 3600 * 1000

/** Tells what became of a message, by the journal and by what the queues hold. Throws StoreUnavailableError. */
export class MessageFinder {
  readonly #deps: FinderDeps

  constructor(deps: FinderDeps) {
    this.#deps = deps
  }

  /** At most 50, the oldest first. */
  async find(query: MessageQuery): Promise<FoundMessage[]> {
    await this.#writeNoted()
    const search = { ...query, named: new Map<string, Promise<JournalPlace[]>>() }
    const places = await this.#places(search)
    const found = new Map<string, FoundMessage>()
    const names = await this.#names(
      places.map(({ place }) => place.lineId),
      query,
    )
    const open = places.filter(({ place }) => names.has(place.lineId))
    for (let from = 0; from < open.length && found.size < MAX_ITEMS; from += PLACES_AT_ONCE) {
      await this.#look(found, open.slice(from, from + PLACES_AT_ONCE), names, search)
    }
    if (found.size === 0) await this.#addFromQueues(found, search)
    return [...found.values()].sort((a, b) => firstAt(a).localeCompare(firstAt(b)))
  }

  /** What has just happened is to be found, too; but a store that takes no steps may still answer. */
  async #writeNoted(): Promise<void> {
    const { flush, clock } = this.#deps
    if (!flush) return
    const patience = new AbortController()
    const written = flush().then(() => patience.abort())
    await Promise.race([written, sleep(clock, FLUSH_PATIENCE_MS, patience.signal)])
  }

  async #look(
    found: Map<string, FoundMessage>,
    places: readonly Place[],
    names: ReadonlyMap<number, NamedLine>,
    query: Search,
  ): Promise<void> {
    const steps = await readPlaces(
      this.#deps.store,
      places.map(({ place }) => place),
    )
    for (const { place, ...numbered } of places) {
      const { lineId } = place
      const line = names.get(lineId)
      const here = steps.get(placeKey(place)) ?? []
      const { direction, seq } = numbered
      const own: Target[] = seq === undefined ? [] : [{ lineId, direction, seq }]
      const targets = seq === undefined ? targetsIn(here, place, query.id) : own
      for (const target of targets) {
        if (line && found.size < MAX_ITEMS) await this.#add(found, { line, target, here, query })
      }
    }
  }

  /** Where steps of it may stand: by its own number, and by every id that it may be. */
  async #places(query: Search): Promise<Place[]> {
    const { id } = query
    const places: Place[] = []
    for (const [prefix, direction] of NUMBERED) {
      const numbered = parseNumberedId(prefix, id)
      if (!numbered) continue
      const { lineId, seq } = numbered
      places.push({ place: { lineId, slot: slotOf(seq) }, direction, seq })
    }
    const packet = parsePacketId(id)
    const near = packet ? slotsNear(packet.at).map((slot) => ({ lineId: packet.lineId, slot })) : []
    const first = this.#firstSlot()
    const lineId = await this.#lineOf(query)
    const search = this.#named(id, { first, portalId: query.portalId, lineId })
    query.named.set(id, search)
    const named = [...near, ...(await search)]
    return [
      ...places,
      ...named.map((place) => ({ place, direction: 'in' as const, seq: undefined })),
    ]
  }

  async #lineOf({ portalId, connector, line }: MessageQuery): Promise<number | undefined> {
    if (portalId === undefined || connector === undefined || line === undefined) return undefined
    return await findLineId(this.#deps.store, { portalId, connector, line })
  }

  async #named(
    id: string,
    { first, ...owner }: Omit<PlaceFilter, 'limit'> & { readonly first: number },
  ): Promise<JournalPlace[]> {
    const { store, clock, journalMs } = this.#deps
    if (journalMs === 0) return []
    const lookups = lookupsOf(id, first, slotAt(clock.now() + MARGIN_MS))
    return await findPlaces(store, lookups, { limit: MAX_PLACES, ...owner })
  }

  #firstSlot(): number {
    const { clock, journalMs } = this.#deps
    return slotAt(clock.now() - journalMs - MARGIN_MS)
  }

  /** The lines among these that may be shown. */
  async #names(lineIds: readonly number[], query: MessageQuery): Promise<Map<number, NamedLine>> {
    const names = await readLineNames(this.#deps.store, lineIds)
    for (const [lineId, name] of names) {
      const isMeant =
        (query.portalId ?? name.portalId) === name.portalId &&
        (query.connector ?? name.connector) === name.connector &&
        (query.line ?? name.externalId) === name.externalId
      if (!isMeant) names.delete(lineId)
    }
    return names
  }

  async #add(
    found: Map<string, FoundMessage>,
    { line, target, here, query }: Found,
  ): Promise<void> {
    const key = `${target.lineId}:${target.direction}:${target.seq}`
    if (found.has(key)) return
    const steps = await this.#complete(target, here, line, query)
    if (steps.length === 0) return
    const isMeant = query.chat === undefined || steps.some((step) => chatOf(step) === query.chat)
    if (isMeant) found.set(key, { line, target, item: toItem(line, target, steps) })
  }

  /** Every step of the target, from wherever it is known. */
  async #complete(
    target: Target,
    here: readonly DatedStep[],
    line: NamedLine,
    query: Search,
  ): Promise<DatedStep[]> {
    const { lineId, seq } = target
    if (seq === undefined)
      return here.filter((step) => isLoose(step) && step.messageId === query.id)
    const known = await this.#withQueue(target, here)
    if (known.isMore) {
      // It may have gone on since the journal was read.
      await this.#writeNoted()
      const place = { lineId, slot: slotOf(seq) }
      const again = (await readPlaces(this.#deps.store, [place])).get(placeKey(place)) ?? []
      known.steps = (await this.#withQueue(target, again)).steps
    }
    const repeats = target.direction === 'in' ? await this.#repeats(known.steps, line, query) : []
    return [...known.steps, ...repeats].sort(byTime)
  }

  /** `isMore`: the queues know more than the journal. */
  async #withQueue(
    target: Target,
    here: readonly DatedStep[],
  ): Promise<{ steps: DatedStep[]; readonly isMore: boolean }> {
    const { store } = this.#deps
    const { lineId, direction, seq = 0 } = target
    const own = here.filter((step) => isAbout(step, target))
    const steps =
      direction === 'out'
        ? withHeldMessage(own, await findHeldMessage(store, lineId, seq))
        : withHeldEvent(own, await findHeldEvent(store, lineId, seq))
    return { steps, isMore: steps.length > own.length }
  }

  /** That the channel has sent it again stands under the second in which it did. */
  async #repeats(
    steps: readonly DatedStep[],
    { lineId }: NamedLine,
    { named }: Search,
  ): Promise<DatedStep[]> {
    const received = steps.find(({ kind }) => kind === 'received')
    const ids = received ? messageIdsOf(steps).slice(0, MAX_OWN_IDS) : []
    const repeats: DatedStep[] = []
    for (const id of ids) {
      const key = named.has(id) ? id : `${lineId} ${id}`
      if (!received || (!named.has(key) && named.size >= MAX_SEARCHES)) continue
      const first = Math.max(this.#firstSlot(), slotAt(received.at))
      const search = named.get(key) ?? this.#named(id, { first, lineId })
      named.set(key, search)
      const mine = (await search).filter((place) => place.lineId === lineId)
      const some = mine.slice(0, PLACES_AT_ONCE)
      for (const there of (await readPlaces(this.#deps.store, some)).values()) {
        repeats.push(...there.filter((step) => isRepeatOf(step, id, received)))
      }
    }
    return repeats
  }

  /** The journal is off, or had no room: what is in the queues is found all the same. */
  async #addFromQueues(found: Map<string, FoundMessage>, query: Search): Promise<void> {
    const { store } = this.#deps
    const targets: (Target & { readonly seq: number })[] = []
    for (const { lineId, seq } of await findMessagesNamed(
      store,
      query.id,
      query.portalId,
      MAX_ITEMS,
    )) {
      targets.push({ lineId, direction: 'out', seq })
    }
    targets.push(...(await this.#searchQueue(query)))
    const names = await this.#names(
      targets.map(({ lineId }) => lineId),
      query,
    )
    for (const target of targets.slice(0, MAX_ITEMS)) {
      const line = names.get(target.lineId)
      if (line) await this.#add(found, { line, target, here: [], query })
    }
  }

  /** Events are stored under their numbers alone, so that only a single line's can be searched for a message's id. */
  async #searchQueue(query: MessageQuery): Promise<(Target & { readonly seq: number })[]> {
    const { store } = this.#deps
    const { id } = query
    const lineId = await this.#lineOf(query)
    if (lineId === undefined) return []
    const held = await readHeldEvents(store, lineId, MAX_SEARCHED)
    return held
      .filter((event) => event.payload.includes(JSON.stringify(id).slice(1, -1)))
      .filter((event) => subjectOf(event).messageId === id)
      .map(({ seq }) => ({ lineId, direction: 'in' as const, seq }))
  }
}

const NUMBERED = [
  ['evt_', 'in'],
  ['out_', 'out'],
] as const

interface Search extends MessageQuery {
  /** Where ids lead that have been looked for: each look costs some 10 ms, and fifty messages may have one id. */
  readonly named: Map<string, Promise<JournalPlace[]>>
}

interface Place {
  readonly place: JournalPlace
  readonly direction: 'in' | 'out'
  /** Absent: the steps there say what it is. */
  readonly seq: number | undefined
}

interface Found {
  readonly line: NamedLine
  readonly target: Target
  readonly here: readonly DatedStep[]
  readonly query: Search
}

/** What among the steps of a place goes by this id. */
function targetsIn(steps: readonly DatedStep[], { lineId }: JournalPlace, id: string): Target[] {
  const targets = new Map<string, Target>()
  for (const step of steps) {
    for (const target of targetsOf(step, lineId, id)) {
      targets.set(`${target.direction}:${target.seq}`, target)
    }
  }
  return [...targets.values()]
}

function targetsOf(step: DatedStep, lineId: number, id: string): Target[] {
  const incoming = (seq: number): Target => ({ lineId, direction: 'in', seq })
  const outgoing = (seq: number): Target => ({ lineId, direction: 'out', seq })
  switch (step.kind) {
    case 'received':
      return step.messageId === id ? [incoming(step.seq)] : []
    case 'posted':
      return step.packet === id ? step.seqs.map(incoming) : []
    case 'queued':
      return step.key === id || step.messageId === id ? [outgoing(step.out)] : []
    case 'status':
      return step.messageIds.includes(id) ? [outgoing(step.out)] : []
    case 'ignored':
      return step.messageId === id ? [{ lineId, direction: 'in' }] : []
    default:
      return []
  }
}

function isAbout(step: DatedStep, { direction, seq = -1 }: Target): boolean {
  if ('out' in step) return direction === 'out' && step.out === seq
  if (direction === 'out') return false
  return 'seq' in step ? step.seq === seq : 'seqs' in step && step.seqs.includes(seq)
}

function isLoose(step: DatedStep): step is Extract<DatedStep, { kind: 'repeated' | 'ignored' }> {
  return step.kind === 'repeated' || step.kind === 'ignored'
}

function isRepeatOf(step: DatedStep, id: string, received: DatedStep): boolean {
  if (step.kind !== 'repeated' || step.messageId !== id || step.at < received.at) return false
  return step.chat === undefined || step.chat === chatOf(received)
}

function byTime(a: DatedStep, b: DatedStep): number {
  return a.at - b.at
}

function firstAt({ item }: FoundMessage): string {
  return item.steps[0]?.at ?? ''
}

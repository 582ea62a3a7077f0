import { jobId, runId } from '../../src/core/ids.ts'
import { appendUpdates } from '../../src/db/inbox/append.ts'
import { disconnectLine } from '../../src/db/lines/identities.ts'
import { parkPortal, unparkPortal } from '../../src/db/lines/parked-lines.ts'
import { enqueueMessages } from '../../src/db/outbox/enqueue.ts'
import { setDialog, updateRecipient } from '../../src/db/recipients/change.ts'
import type { CommProcess } from './comm-process.ts'
import type { CommAct } from './comm-profile.ts'
import { HOT_TAG, toSteps } from './comm-scripts.ts'
import { PORTAL, placeOf, type Town } from './comm-town.ts'
import { Violation } from './invariants.ts'
import type { Random } from './random.ts'
import type { SimTime } from './sim-clock.ts'
import type { Trace } from './trace.ts'

export interface ActingWorld {
  readonly time: SimTime
  readonly random: Random
  readonly town: Town
  readonly trace: Trace
  anyServing(): CommProcess | undefined
  guard(check: () => void): void
}

type Deed = (process: CommProcess, lineId: number) => Promise<unknown>

const NEW_CHAT_CHANCE = 0.15

/** What people, operators and portals do. What fails is not repeated: its outcome may be either. */
export class CommActs {
  readonly #world: ActingWorld
  readonly #busy = new Set<CommProcess>()
  readonly #keys = new Map<string, string>()
  #count = 0

  constructor(world: ActingWorld) {
    this.#world = world
  }

  get isQuiet(): boolean {
    return [...this.#busy].every(({ isDead }) => isDead)
  }

  do(act: CommAct): void {
    const { random, town } = this.#world
    const process = this.#world.anyServing()
    const deed = this.#deeds[act]
    if (process && deed) void this.#carryOut(act, deed, process, random.pick(town.lineIds))
  }

  async #carryOut(act: string, deed: Deed, process: CommProcess, lineId: number): Promise<void> {
    const { trace } = this.#world
    this.#busy.add(process)
    try {
      const result = await deed(process, lineId)
      trace.add(`${process.name} ${act} of line ${lineId}: ${JSON.stringify(result) ?? 'done'}`)
    } catch (error) {
      if (error instanceof Violation)
        this.#world.guard(() => {
          throw error
        })
      trace.add(`${process.name} ${act} of line ${lineId} failed: ${String(error)}`)
    } finally {
      this.#busy.delete(process)
    }
  }

  readonly #deeds: Partial<Record<CommAct, Deed>> = {
    write: (process, lineId) => this.#write(process, lineId),
    operator: async ({ store, clock, engine }, lineId) => {
      const chatId = this.#chat(lineId)
      const payload = JSON.stringify({ message: { text: 'operator' } })
      const message = { lineId, chatId, kind: 'send' as const, payload, lane: 'dialogue' as const }
      await enqueueMessages(store.asStore, [message], clock.now())
      engine.wake([lineId])
    },
    schedule: (process, lineId) => this.#schedule(process, lineId),
    repeat: (process, lineId) => this.#repeat(process, lineId),
    cancelJob: (process) => this.#cancelJob(process),
    saveScript: (process, lineId) => this.#saveScript(process, lineId),
    deleteScript: ({ scripts }, lineId) => scripts.delete(placeOf(lineId), 'gone'),
    toggleTrigger: (process, lineId) => this.#toggleTrigger(process, lineId),
    startBroadcast: ({ broadcasts, clock }, lineId) => {
      const { random } = this.#world
      const at = random.chance(0.4)
        ? { at: new Date(clock.now() + random.int(0, 4000)).toISOString() }
        : {}
      const code = random.pick(['all', 'slow'])
      return broadcasts.start(placeOf(lineId), { code, ...at, params: this.#params() })
    },
    broadcastJob: ({ jobs }, lineId) =>
      jobs.schedule(placeOf(lineId), { broadcast: 'all', runAfterSec: 1, params: this.#params() }),
    moveRun: (process) => this.#moveRun(process),
    tag: async ({ store, clock, engine }, lineId) => {
      const { random } = this.#world
      const tag = random.pick([HOT_TAG, HOT_TAG, 'vip', 'unsubscribed'])
      const isAdded = tag === 'unsubscribed' || random.chance(0.6)
      const change = isAdded ? { addTags: [tag] } : { removeTags: [tag] }
      await updateRecipient(
        store.asStore,
        lineId,
        { chatId: this.#chat(lineId) },
        change,
        clock.now(),
      )
      engine.wake([lineId])
    },
    dialog: async ({ store, clock, engine }, lineId) => {
      const how = this.#world.random.pick(['open', 'close'] as const)
      await setDialog(store.asStore, lineId, this.#chat(lineId), how, clock.now())
      engine.wake([lineId])
    },
    disconnect: ({ store, clock }, lineId) =>
      disconnectLine(store.asStore, this.#busyLine() ?? lineId, { purge: false }, clock.now()),
    connect: async (_, lineId) => this.connect(lineId),
    switchOff: async ({ store, clock }) => {
      this.#world.town.run('UPDATE portal SET disabled_at = ?', [clock.now()])
      await parkPortal(store.asStore, PORTAL)
    },
    switchOn: (process) => this.switchOn(process),
  }

  connect(lineId: number): void {
    this.#world.town.run("UPDATE line SET status = 'connected' WHERE id = ?", [lineId])
  }

  async switchOn({ store, clock }: CommProcess): Promise<void> {
    this.#world.town.run('UPDATE portal SET disabled_at = NULL')
    await unparkPortal(store.asStore, PORTAL, clock.now())
  }

  async resumeAll({ broadcasts }: CommProcess): Promise<void> {
    const paused = this.#world.town.rows<{ id: number; line_id: number }>(
      "SELECT id, line_id FROM broadcast_run WHERE state = 'paused'",
    )
    for (const { id, line_id: lineId } of paused) {
      await broadcasts.resume(placeOf(lineId), runId(id))
    }
  }

  /** One with messages of a broadcast that wait for their channel. */
  #busyLine(): number | undefined {
    const [row] = this.#world.town.rows<{ line_id: number }>(
      "SELECT line_id FROM comm_message WHERE is_counted = 1 AND state = 'queued' LIMIT 1",
    )
    return row?.line_id
  }

  #chat(lineId: number): string {
    const { random, town } = this.#world
    return random.pick(town.leads(lineId)).chat_id
  }

  async #write({ store, clock, engine, memory }: CommProcess, lineId: number): Promise<void> {
    const { random, trace } = this.#world
    const id = this.#count++
    const chatId = random.chance(NEW_CHAT_CHANCE) ? `n${id}` : this.#chat(lineId)
    const text = random.chance(0.15) ? random.pick(['stop', ' STOP ']) : `m${id}`
    const at = new Date(clock.now()).toISOString()
    const payload = JSON.stringify({ at, chat: { id: chatId }, message: { text } })
    trace.add(`${chatId} of line ${lineId} writes "${text}"`)
    const update = {
      lineId,
      hash: `h${id}`.padEnd(22, '.'),
      events: [{ type: 'message.new', payload, chatId }],
      recipients: [{ lineId, portalId: PORTAL, chatId, hasWritten: true as const }],
    }
    await appendUpdates(store.asStore, [update], undefined, clock.now(), memory)
    engine.wake([lineId])
  }

  #params(): { j: string; n: number; other: number } {
    const { random, town } = this.#world
    return { j: `j${this.#count++}`, n: random.int(0, 1), other: random.pick(town.leads()).lead }
  }

  async #schedule({ jobs }: CommProcess, lineId: number): Promise<unknown> {
    const { random, town } = this.#world
    const { lead } = random.pick(town.leads(lineId))
    const key = random.chance(0.3) ? `k${random.int(1, 2)}` : undefined
    const what = random.chance(0.2)
      ? { trigger: 'asked' }
      : { script: random.pick(['main', 'main', 'talk', 'inner', 'gone']) }
    const { id } = await jobs.schedule(placeOf(lineId), {
      ...what,
      lead,
      runAfterSec: random.pick([0, 0, 0.2, 1, 4]),
      params: this.#params(),
      ...(random.chance(0.15) ? { condition: 'return params.n % 2 === 0;' } : {}),
      ...(random.chance(0.2) ? { addTags: [random.pick(['vip', HOT_TAG])] } : {}),
      ...(key === undefined ? {} : { key }),
    })
    const name = `${lineId}:${key}`
    const known = this.#keys.get(name)
    if (key !== undefined && known !== undefined && known !== id) {
      throw new Violation(`the key ${key} has given ${known} and ${id}`)
    }
    this.#keys.set(name, id)
    return id
  }

  async #repeat({ jobs }: CommProcess, lineId: number): Promise<unknown> {
    const { random, town, time } = this.#world
    const { lead } = random.pick(town.leads(lineId))
    const how = random.chance(0.7) ? { periodSec: random.pick([2, 5]) } : { cron: '* * * * *' }
    const until = new Date(time.now + random.between(5000, 20_000) + ('cron' in how ? 60_000 : 0))
    return await jobs.schedule(placeOf(lineId), {
      script: random.pick(['main', 'inner']),
      lead,
      ...how,
      until: until.toISOString(),
      params: this.#params(),
    })
  }

  async #cancelJob({ jobs }: CommProcess): Promise<unknown> {
    const { random, town } = this.#world
    const open = town.rows<{ id: number; line_id: number }>(
      'SELECT id, line_id FROM job WHERE finished_at IS NULL',
    )
    if (open.length === 0) return 'nothing to cancel'
    const { id, line_id: lineId } = random.chance(0.5)
      ? random.pick(open)
      : random.pick(open.slice(-3))
    await jobs.cancel(placeOf(lineId), jobId(id))
    const [row] = town.rows<{ state: string }>('SELECT state FROM job WHERE id = ?', [id])
    if (row?.state !== 'cancelled')
      throw new Violation(`job ${id} was cancelled and is ${row?.state}`)
    return jobId(id)
  }

  async #saveScript({ scripts }: CommProcess, lineId: number): Promise<unknown> {
    const { random, town } = this.#world
    const code = random.pick(['main', 'talk', 'inner'])
    const steps = town.drawVersion(random, lineId, code)
    return await scripts.save(placeOf(lineId), { code, steps: toSteps(steps) })
  }

  async #toggleTrigger({ triggers }: CommProcess, lineId: number): Promise<unknown> {
    const { random, town, time } = this.#world
    const own = [...town.triggers.entries()].filter(([, trigger]) => trigger.lineId === lineId)
    const [id, trigger] = random.pick(own)
    const isEnabled = !trigger.isEnabled
    // Until it is known which of the two holds nothing is asked of it.
    town.triggers.set(id, { ...trigger, since: Infinity })
    const { code, on, script, cooldownSec } = trigger
    const saved = await triggers.save(placeOf(lineId), {
      ...{ code, on, script, enabled: isEnabled },
      ...(cooldownSec === undefined ? {} : { cooldownSec }),
    })
    town.triggers.set(id, { ...trigger, isEnabled, isConditional: false, since: time.now })
    return saved
  }

  async #moveRun({ broadcasts }: CommProcess): Promise<unknown> {
    const { random, town } = this.#world
    const runs = town.rows<{ id: number; line_id: number }>('SELECT id, line_id FROM broadcast_run')
    if (runs.length === 0) return 'no run'
    const { id, line_id: lineId } = random.pick(runs)
    const move = random.pick(['pause', 'pause', 'resume', 'resume', 'cancel'] as const)
    const { state } = await broadcasts[move](placeOf(lineId), runId(id))
    return `${move} ${id}: ${state}`
  }
}

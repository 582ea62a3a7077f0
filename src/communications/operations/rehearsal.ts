import { ParamsError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { LinePlace } from '../../core/line-place.ts'
import { leadScope } from '../../core/recipient.ts'
import { readLeads } from '../../db/communications/leads.ts'
import { type Driven, drive } from '../engine/drive.ts'
import { Programs } from '../engine/programs.ts'
import { begin, newProgress } from '../script/machine.ts'
import type { Effect, Input, Wait } from '../script/machine-types.ts'
import type { Program } from '../script/program.ts'
import type { OperationDeps } from './place.ts'

/** One thing that a script would do, in order. */
export type Rehearsed = { readonly [name: string]: unknown } & {
  readonly kind: Action['kind']
}

type Action =
  | Effect
  | { readonly kind: 'wait'; readonly seconds: number }
  /** Nobody answers in a rehearsal: it goes on as if the time were over. */
  | { readonly kind: 'waitReply'; readonly seconds: number }
  /** Not made: it goes on as if the other side had taken it and answered nothing. */
  | { readonly kind: 'call'; readonly request: JsonObject }

export interface Rehearsal {
  readonly state: 'done' | 'failed'
  readonly actions: readonly Rehearsed[]
  readonly error?: { readonly code: string; readonly message: string }
}

/** Steps that a rehearsal shows: a loop that nobody leaves is cut. */
const MAX_SHOWN = 500

/** Runs a program without doing anything that it says. Time passes at once. */
export async function rehearse(
  deps: OperationDeps,
  place: LinePlace,
  what: { readonly program: Program; readonly lead: number; readonly params: JsonObject },
): Promise<Rehearsal> {
  const { store, clock } = deps
  const lead = (await readLeads(store, [what.lead])).get(what.lead)
  if (lead?.lineId !== place.lineId) {
    throw new ParamsError([{ field: 'lead', problem: 'there is no such recipient on this line' }])
  }
  const programs = new RehearsedPrograms(store, what.program)
  let now = clock.now()
  let view = { leadId: lead.lead, lead: leadScope(lead), now }
  let progress = newProgress(OWN, OWN, what.params)
  let input: Input = { kind: 'go' }
  const actions: Rehearsed[] = []
  while (actions.length < MAX_SHOWN) {
    const one: Driven = {
      state: begin(progress, view, place.format),
      where: place,
      effects: [],
      input,
    }
    await drive([one], { sandbox: deps.sandbox, programs })
    actions.push(...one.effects.map(plain))
    const { stop } = one
    if (stop?.kind !== 'wait') return { actions, ...endOf(stop) }
    const shown = show(stop.wait, now)
    if (shown) actions.push(plain(shown))
    now = Math.max(now, stop.wait.until)
    input = stop.wait.kind === 'call' ? { kind: 'called', result: NO_ANSWER } : { kind: 'time' }
    progress = one.state.progress
    view = { ...one.state.view, now } as typeof view
  }
  const message = `the rehearsal was cut after ${MAX_SHOWN} steps`
  return {
    state: 'failed',
    actions: actions.slice(0, MAX_SHOWN),
    error: { code: 'HUB_LIMIT', message },
  }
}

function endOf(stop: Driven['stop']): Pick<Rehearsal, 'state' | 'error'> {
  if (stop?.kind !== 'fail') return { state: 'done' }
  return { state: 'failed', error: { code: stop.code, message: stop.problem } }
}

const NO_ANSWER = { status: 200, body: '' }
/** No script has this number: what is rehearsed may not be saved. */
const OWN = 0

class RehearsedPrograms extends Programs {
  readonly #own: Program

  constructor(store: OperationDeps['store'], own: Program) {
    super(store)
    this.#own = own
  }

  override async load(...args: Parameters<Programs['load']>): ReturnType<Programs['load']> {
    if (args[1] === OWN) return { script: OWN, version: OWN, program: this.#own }
    return await super.load(...args)
  }
}

/** Without its type, and without what is the engine's alone: portals read it as JSON. */
function plain(action: Action): Rehearsed {
  if (action.kind !== 'bot') return { ...action }
  const { kind, call } = action
  return { kind, call }
}

function show(wait: Wait, now: number): Action | undefined {
  const seconds = Math.round((wait.until - now) / 1000)
  if (wait.kind === 'call') {
    return { kind: 'call', request: wait.request as unknown as JsonObject }
  }
  if (wait.kind === 'reply') return { kind: 'waitReply', seconds }
  // A long burst is committed in pieces: that is no step of the script.
  return wait.until > now ? { kind: 'wait', seconds } : undefined
}

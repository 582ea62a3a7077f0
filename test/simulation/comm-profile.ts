import type { CallFate } from './comm-http.ts'
import type { Random } from './random.ts'
import type { Fate } from './sim-store.ts'

/** What portals, people and operators do, and what befalls the hub. */
export type CommAct =
  | 'write'
  | 'operator'
  | 'schedule'
  | 'repeat'
  | 'cancelJob'
  | 'saveScript'
  | 'deleteScript'
  | 'toggleTrigger'
  | 'startBroadcast'
  | 'broadcastJob'
  | 'moveRun'
  | 'tag'
  | 'dialog'
  | 'disconnect'
  | 'connect'
  | 'switchOff'
  | 'switchOn'
  | 'crash'
  | 'stop'
  | 'cutOff'
  | 'outage'
  | 'freeze'
  | 'jump'

export interface CommProfile {
  readonly processes: number
  readonly lines: number
  /** Of each line. */
  readonly recipients: number
  readonly chaosMs: number
  readonly isTimeSteady: boolean
  readonly fates: Readonly<Partial<Record<Fate, number>>>
  readonly callFates: Readonly<Partial<Record<CallFate, number>>>
  readonly acts: Readonly<Record<CommAct, number>>
}

const FATES = [
  { ok: 1 },
  { ok: 100, conflict: 3, lost: 2, unheard: 2, late: 1, crash: 0.3, 'crash-after': 0.3 },
  { ok: 100, unheard: 6, late: 3 },
] as const
const CALL_FATES = [
  { answered: 1 },
  { answered: 6, failed: 2, unreachable: 1, hanging: 1 },
] as const

export function drawCommProfile(random: Random): CommProfile {
  const upTo = (count: number): number => (random.chance(0.5) ? random.int(0, count) : 0)
  const isRough = random.chance(0.8)
  const isFreezing = isRough && random.chance(0.2)
  const isJumping = isRough && random.chance(0.15)
  const hasGaps = isRough && random.chance(0.35)
  const rough = (count: number): number => (isRough ? upTo(count) : 0)
  return {
    processes: random.int(1, 3),
    lines: random.int(1, 3),
    recipients: random.int(1, 4),
    chaosMs: random.between(3000, 15_000),
    isTimeSteady: !isFreezing && !isJumping,
    fates: isRough ? random.pick(FATES) : FATES[0],
    callFates: random.pick(CALL_FATES),
    acts: {
      write: random.int(2, 16),
      operator: upTo(3),
      schedule: random.int(2, 14),
      repeat: upTo(2),
      cancelJob: upTo(6),
      saveScript: upTo(3),
      deleteScript: upTo(1),
      toggleTrigger: upTo(2),
      startBroadcast: upTo(3),
      broadcastJob: upTo(1),
      moveRun: upTo(6),
      tag: upTo(4),
      dialog: upTo(3),
      disconnect: hasGaps ? upTo(4) : 0,
      connect: hasGaps ? upTo(4) : 0,
      switchOff: hasGaps ? upTo(2) : 0,
      switchOn: hasGaps ? upTo(2) : 0,
      crash: rough(3),
      stop: rough(2),
      cutOff: rough(2),
      outage: rough(1),
      freeze: isFreezing ? random.int(1, 2) : 0,
      jump: isJumping ? random.int(1, 2) : 0,
    },
  }
}

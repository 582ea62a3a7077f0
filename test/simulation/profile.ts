import type { Random } from './random.ts'
import type { Mood } from './sim-portal.ts'
import type { Fate } from './sim-store.ts'

/**
 * `calm`: nothing goes wrong. `rough`: everything may, but clocks agree to half a second. `stalled`: and processes often hang
 * on the way to the store until others take over. `frozen`: processes stand still
 * for a while, too. `clocks`: they differ by up to two seconds and are set by an hour.
 */
export type Scenario = 'calm' | 'rough' | 'stalled' | 'frozen' | 'clocks'

/** What is drawn for one seed before it begins. */
export interface Profile {
  readonly scenario: Scenario
  readonly processes: number
  /** Processes then see at their start which others have died. */
  readonly isOneMachine: boolean
  /** The portal of each line. */
  readonly lines: ReadonlyMap<number, string>
  readonly portals: readonly string[]
  readonly maxEvents: number
  readonly maxBytes: number
  readonly ladderMs: readonly number[]
  /** How long things go wrong. */
  readonly chaosMs: number
  /** How long a slot of the memory of updates is filled. */
  readonly slotMs: number
  readonly updates: number
  readonly fates: Readonly<Partial<Record<Fate, number>>>
  /** How often a way to the store takes long, and how long at most. */
  readonly lagChance: number
  readonly lagMs: number
  readonly poison: number
  readonly moods: readonly Mood[]
  /** A portal that is down for days. */
  readonly hasLongDeath: boolean
  /** How many of each fault or act. */
  readonly acts: Readonly<Record<Act, number>>
}

export type Act =
  | 'crash'
  | 'stop'
  | 'cutOff'
  | 'stall'
  | 'outage'
  | 'freeze'
  | 'jump'
  | 'call'
  | 'retryNow'
  | 'replay'
  | 'purge'
  | 'prune'
  | 'forget'

const SHORT_LADDERS = [
  [2000, 5000],
  [15_000, 60_000, 120_000],
  [1000, 1000, 4000, 9000],
]
const WHOLE_LADDER = [15, 60, 120, 180, 300, 675, 1350, 2700, 5400, 10_800, 21_600, 43_200].map(
  (seconds) => seconds * 1000,
)
const NOTHING: Profile['acts'] = {
  crash: 0,
  stop: 0,
  cutOff: 0,
  stall: 0,
  outage: 0,
  freeze: 0,
  jump: 0,
  call: 0,
  retryNow: 0,
  replay: 0,
  purge: 0,
  prune: 0,
  forget: 0,
}
const CALM = {
  fates: { ok: 1 },
  lagChance: 0,
  lagMs: 0,
  poison: 0,
  moods: ['well'],
  hasLongDeath: false,
  acts: NOTHING,
} as const

export function drawProfile(random: Random, only?: Scenario): Profile {
  const drawn = random.weighted<Scenario>({
    calm: 1,
    rough: 14,
    stalled: 3,
    frozen: 1.5,
    clocks: 1.5,
  })
  const scenario = only ?? drawn
  const portals = Array.from({ length: random.int(1, 3) }, (_, index) => `prt_${index + 1}`)
  const lines = new Map<number, string>()
  for (let id = random.int(1, 6); id > 0; id--) lines.set(id, random.pick(portals))
  const common = {
    scenario,
    processes: random.int(scenario === 'stalled' ? 2 : 1, 3),
    isOneMachine: random.chance(0.3),
    portals,
    lines,
    maxEvents: random.pick([1, 2, 3, 5, 10]),
    maxBytes: random.pick([100, 400, 100_000]),
    ladderMs: random.pick([...SHORT_LADDERS, WHOLE_LADDER]),
    chaosMs: random.between(3000, random.chance(0.3) ? 40_000 : 15_000),
    updates: random.int(4, 30),
    slotMs: random.pick([200, 1000, 4000, 3_600_000]),
  }
  return scenario === 'calm' ? { ...common, ...CALM } : { ...common, ...drawFaults(random, common) }
}

type Faults = Omit<Profile, CommonKey>
type CommonKey =
  | 'scenario'
  | 'processes'
  | 'isOneMachine'
  | 'portals'
  | 'lines'
  | 'maxEvents'
  | 'maxBytes'
  | 'chaosMs'
  | 'updates'
  | 'slotMs'

function drawFaults(
  random: Random,
  { scenario, ladderMs }: Pick<Profile, 'scenario' | 'ladderMs'>,
): Faults {
  const hasLongDeath = random.chance(0.06)
  const isLaggy = random.chance(0.5)
  const isStoreRough = random.chance(0.6)
  const roughness = isStoreRough ? random.between(0, 0.06) : 0
  const crashes = (): number => (isStoreRough ? random.between(0, 0.004) : 0)
  return {
    fates: {
      ok: 1,
      conflict: roughness,
      lost: roughness / 2,
      unheard: roughness / 2,
      late: roughness / 4,
      crash: crashes(),
      'crash-after': crashes(),
    },
    ladderMs: hasLongDeath ? WHOLE_LADDER : ladderMs,
    lagChance: isLaggy ? random.between(0, 0.05) : 0,
    lagMs: isLaggy ? random.pick([50, 500, 7000]) : 0,
    poison: random.pick([0, 0, 0, 0.05]),
    moods: random.pick(MOOD_SETS),
    hasLongDeath,
    acts: drawActs(random, scenario),
  }
}

const MOOD_SETS: readonly (readonly Mood[])[] = [
  ['well'],
  ['well', 'slow'],
  ['moody'],
  ['moody', 'dead', 'well'],
  ['acking', 'well', 'slow'],
  ['picky', 'moody'],
  ['well', 'dead', 'gone', 'acking'],
]

function drawActs(random: Random, scenario: Scenario): Profile['acts'] {
  const hasPurges = random.chance(0.5)
  const upTo = (count: number): number => (random.chance(0.5) ? random.int(0, count) : 0)
  return {
    crash: upTo(4),
    stop: upTo(3),
    cutOff: upTo(3),
    stall: scenario === 'stalled' ? random.int(3, 6) : upTo(3),
    outage: upTo(1),
    freeze: scenario === 'frozen' ? random.int(1, 3) : 0,
    jump: scenario === 'clocks' ? random.int(1, 3) : 0,
    call: upTo(8),
    retryNow: upTo(4),
    replay: upTo(4),
    purge: hasPurges ? random.int(1, 4) : 0,
    prune: hasPurges ? random.int(0, 2) : 0,
    forget: random.int(0, 12),
  }
}

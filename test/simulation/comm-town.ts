import type { LinePlace } from '../../src/core/line-place.ts'
import type { Facts, TriggerFacts } from './comm-facts.ts'
import { FORMAT } from './comm-process.ts'
import { CHILD, type Drawn, drawScript, HOT_TAG, toSteps } from './comm-scripts.ts'
import type { Random } from './random.ts'
import { START } from './sim-clock.ts'
import type { SimDatabase } from './sim-database.ts'

export const CODES = ['main', 'talk', 'inner', 'gone', CHILD]
/** Which scripts one may run: no circles. */
const RUNS: Readonly<Record<string, readonly string[]>> = {
  main: ['inner', CHILD],
  talk: ['inner'],
}
export const PORTAL = 'prt_1'

export function placeOf(lineId: number): LinePlace {
  return { lineId, portalId: PORTAL, connector: 'sim', timeZone: 'UTC', format: FORMAT }
}

export interface DrawnTrigger {
  readonly code: string
  readonly on: readonly string[]
  readonly script: string
  readonly cooldownSec?: number
  readonly condition?: string
}

const TRIGGERS: readonly DrawnTrigger[] = [
  { code: 'heard', on: ['message.new'], script: CHILD },
  { code: 'stopped', on: ['text:stop'], script: 'inner' },
  { code: 'warm', on: ['message.new'], script: CHILD, cooldownSec: 3 },
  {
    code: 'even',
    on: ['message.new'],
    script: CHILD,
    condition: 'return event.message.text.length % 2 === 0;',
  },
  { code: 'hot', on: [`tag:${HOT_TAG}`], script: 'inner' },
  { code: 'first', on: ['first'], script: CHILD },
  { code: 'opened', on: ['dialog.opened', 'dialog.closed'], script: CHILD },
  { code: 'asked', on: ['api'], script: 'talk' },
]

/** What there is at the beginning: lines, recipients, scripts, triggers and broadcasts, put into the store as they are. */
export class Town implements Facts {
  readonly lineIds: readonly number[]
  readonly triggers = new Map<
    number,
    TriggerFacts & { readonly lineId: number; readonly code: string }
  >()
  readonly #database: SimDatabase
  readonly #versions = new Map<string, (readonly Drawn[])[]>()
  readonly #scripts = new Map<number, { readonly lineId: number; readonly code: string }>()

  constructor(random: Random, database: SimDatabase, parts: { lines: number; recipients: number }) {
    this.#database = database
    this.lineIds = Array.from({ length: parts.lines }, (_, index) => index + 1)
    database.reset(new Map(this.lineIds.map((id) => [id, PORTAL])))
    this.#insert('portal', {
      ...{ id: PORTAL, name: 'portal', url: 'http://portal', secret: '', text_format: 'plain' },
      ...{ emoji_format: 'unicode', created_at: START },
    })
    for (const lineId of this.lineIds) this.#build(random, lineId, parts.recipients)
  }

  leadOf(lineId: number, chatId: string): number | undefined {
    const [row] = this.rows<{ lead: number }>(
      'SELECT lead FROM recipient WHERE line_id = ? AND chat_id = ?',
      [lineId, chatId],
    )
    return row?.lead
  }

  scriptOf(scriptId: number): { readonly lineId: number; readonly code: string } | undefined {
    return this.#scripts.get(scriptId)
  }

  versionsOf(lineId: number, code: string): readonly (readonly Drawn[])[] {
    return this.#versions.get(`${lineId}:${code}`) ?? []
  }

  triggersOf(lineId: number): readonly TriggerFacts[] {
    return [...this.triggers.values()].filter((trigger) => trigger.lineId === lineId)
  }

  newestOf(scriptId: number): { version: number; since: number } | undefined {
    const [row] = this.rows<{ version: number; since: number }>(
      'SELECT version, updated_at AS since FROM script WHERE id = ?',
      [scriptId],
    )
    return row
  }

  ownerOf(lineId: number): string | null {
    const [row] = this.rows<{ owner: string | null }>(
      'SELECT owner FROM comm_line WHERE line_id = ?',
      [lineId],
    )
    return row?.owner ?? null
  }

  leads(lineId?: number): { lead: number; line_id: number; chat_id: string }[] {
    return this.rows(
      `SELECT lead, line_id, chat_id FROM recipient${lineId === undefined ? '' : ` WHERE line_id = ${lineId}`}`,
    )
  }

  /** A further version of a script; whether it gets into the store is another thing. */
  drawVersion(random: Random, lineId: number, code: string): readonly Drawn[] {
    const name = `${lineId}:${code}`
    const versions = this.#versions.get(name) ?? []
    this.#versions.set(name, versions)
    const steps =
      code === CHILD
        ? drawScript(random, `${code}${versions.length}`, []).filter(
            ({ kind }) => kind !== 'code' && kind !== 'if',
          )
        : drawScript(random, `${code}${versions.length}`, RUNS[code] ?? [])
    versions.push(steps)
    return steps
  }

  rows<Row>(sql: string, bindings: readonly unknown[] = []): Row[] {
    return [...this.#database.execute(sql, bindings).rows] as Row[]
  }

  run(sql: string, bindings: readonly unknown[] = []): number {
    return this.#database.execute(sql, bindings).changes
  }

  #build(random: Random, lineId: number, recipients: number): void {
    const common = { line_id: lineId, portal_id: PORTAL }
    this.#insert('line', {
      ...{ id: lineId, portal_id: PORTAL, connector: 'sim', external_id: `l${lineId}` },
      ...{ hash: `h${lineId}`, status: 'connected', webhook_secret: '' },
      ...{ created_at: START, updated_at: START },
    })
    this.run('UPDATE inbox_line SET is_followed = 1 WHERE line_id = ?', [lineId])
    this.#insert('comm_line', common)
    for (let chat = 1; chat <= recipients; chat++) {
      this.#insert('recipient', {
        ...common,
        ...{ chat_id: `c${chat}`, person_data: '{}', attributes: '{}', first_seen_at: START },
        tags: JSON.stringify(random.chance(0.7) ? ['vip'] : []),
      })
    }
    this.run(
      `INSERT INTO recipient_tag (line_id, tag, lead) SELECT line_id, 'vip', lead FROM recipient WHERE line_id = ? AND tags <> '[]'`,
      [lineId],
    )
    this.#buildPrograms(random, lineId)
  }

  #buildPrograms(random: Random, lineId: number): void {
    const ids = new Map<string, number>()
    const common = { line_id: lineId, portal_id: PORTAL, created_at: START, updated_at: START }
    for (const code of CODES) {
      const steps = this.drawVersion(random, lineId, code)
      const id = this.#insert('script', { ...common, code, version: 1 })
      ids.set(code, id)
      this.#scripts.set(id, { lineId, code })
      this.#insert('script_version', {
        ...{ script_id: id, version: 1, line_id: lineId, created_at: START },
        steps: JSON.stringify(toSteps(steps)),
      })
    }
    for (const trigger of TRIGGERS) {
      const { code, on, script, cooldownSec, condition } = trigger
      const isEnabled = code === 'asked' || random.chance(0.35)
      const id = this.#insert('comm_trigger', {
        ...common,
        ...{ code, starts_on: JSON.stringify(on), script_id: ids.get(script), has_steps: 0 },
        ...{ condition_code: condition ?? null, cooldown_sec: cooldownSec ?? null },
        is_enabled: Number(isEnabled),
      })
      this.triggers.set(id, {
        ...{ id, lineId, code, script, on, isEnabled, since: -Infinity },
        isConditional: condition !== undefined,
        ...(cooldownSec === undefined ? {} : { cooldownSec }),
      })
    }
    this.#insert('broadcast', {
      ...common,
      ...{ code: 'all', script_id: ids.get('talk') },
      config: JSON.stringify({ filter: { tags: ['vip'] }, optOut: ['stop'] }),
    })
    this.#insert('broadcast', {
      ...common,
      ...{ code: 'slow', script_id: ids.get('main') },
      config: JSON.stringify({
        filter: {},
        ratePerMinute: random.pick([60, 240]),
        ...drawQuiet(random),
      }),
    })
  }

  #insert(table: string, row: Readonly<Record<string, unknown>>): number {
    const names = Object.keys(row)
    const values = names.map(() => '?').join(', ')
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${values})`
    return this.#database.execute(sql, Object.values(row)).insertId ?? 0
  }
}

/** Until a minute after the beginning, in some worlds. */
function drawQuiet(random: Random): object {
  if (!random.chance(0.3)) return {}
  return { quietHours: { from: '11:00', to: '12:01', timeZone: 'UTC' } }
}

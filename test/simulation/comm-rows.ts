import type { JobState } from '../../src/db/communications/jobs.ts'
import type { Change } from './sim-database.ts'

/** Rows of the communications, as far as the simulation looks at them. */
export interface JobRow {
  readonly id: number
  readonly lineId: number
  readonly lead: number | null
  readonly kind: string
  readonly scriptId: number | null
  readonly triggerId: number | null
  readonly runId: number | null
  readonly state: JobState
  readonly dueAt: number
  readonly runAt: number | null
  readonly held: number
  readonly attempt: number
  readonly progress: string | null
  readonly params: string
  readonly event: string | null
  readonly key: string | null
  readonly error: string | null
}

export interface RunRow {
  readonly id: number
  readonly lineId: number
  readonly state: string
  readonly finishedAt: number | null
}

export interface CommEventRow {
  readonly id: number
  readonly lineId: number
  readonly type: string
  readonly chatId: string | null
  readonly payload: string
}

export interface MessageRow {
  readonly lineId: number
  readonly seq: number
  readonly jobId: number
  readonly lead: number
  readonly text: string
}

const JOB = `json_object('id', NEW.id, 'lineId', NEW.line_id, 'lead', NEW.lead, 'kind', NEW.kind, 'scriptId', NEW.script_id, 'triggerId', NEW.trigger_id,
  'runId', NEW.run_id, 'state', NEW.state, 'dueAt', NEW.due_at, 'runAt', NEW.run_at, 'held', NEW.held, 'attempt', NEW.attempt,
  'progress', NEW.progress, 'params', NEW.params, 'event', NEW.event, 'key', NEW.job_key, 'error', NEW.error_code)`
const RUN = `json_object('id', NEW.id, 'lineId', NEW.line_id, 'state', NEW.state, 'finishedAt', NEW.finished_at)`
const event = (side: string): string =>
  `json_object('id', ${side}.id, 'lineId', ${side}.line_id, 'type', ${side}.type, 'chatId', ${side}.chat_id, 'payload', ${side}.payload)`

/** Tells of the rows above whatever is committed of them. */
export const COMM_TRIGGERS = `
  CREATE TRIGGER sim_j1 AFTER INSERT ON job BEGIN SELECT sim_row('job', '+', ${JOB}); END;
  CREATE TRIGGER sim_j2 AFTER UPDATE ON job BEGIN SELECT sim_row('job', '~', ${JOB}); END;
  CREATE TRIGGER sim_r1 AFTER INSERT ON broadcast_run BEGIN SELECT sim_row('run', '+', ${RUN}); END;
  CREATE TRIGGER sim_r2 AFTER UPDATE ON broadcast_run BEGIN SELECT sim_row('run', '~', ${RUN}); END;
  CREATE TRIGGER sim_c1 AFTER INSERT ON comm_event BEGIN SELECT sim_row('event', '+', ${event('NEW')}); END;
  CREATE TRIGGER sim_c2 AFTER DELETE ON comm_event BEGIN SELECT sim_row('event', '-', ${event('OLD')}); END;
  CREATE TRIGGER sim_m1 AFTER INSERT ON comm_message BEGIN SELECT sim_row('message', '+', json_object('lineId', NEW.line_id,
    'seq', NEW.seq, 'jobId', NEW.job_id, 'lead', NEW.lead, 'text', (SELECT json_extract(payload, '$.message.text')
    FROM outbox_message WHERE line_id = NEW.line_id AND seq = NEW.seq))); END;`

/** What a commit has done, table by table. */
export interface CommChanges {
  readonly jobs: readonly { readonly isNew: boolean; readonly row: JobRow }[]
  readonly runs: readonly RunRow[]
  readonly came: readonly CommEventRow[]
  readonly gone: readonly CommEventRow[]
  readonly messages: readonly MessageRow[]
  /** What the portals are told. */
  readonly told: readonly Readonly<Record<string, unknown>>[]
}

export function readChanges(changes: readonly Change[]): CommChanges {
  const rows = changes.filter((change) => change.kind === 'row')
  const of = <Row>(table: string, what?: string): Row[] =>
    rows
      .filter((change) => change.table === table && (what === undefined || change.what === what))
      .map(({ row }) => row as Row)
  return {
    jobs: rows
      .filter(({ table }) => table === 'job')
      .map(({ what, row }) => ({ isNew: what === '+', row: row as unknown as JobRow })),
    runs: of('run'),
    came: of('event', '+'),
    gone: of('event', '-'),
    messages: of('message'),
    told: changes.flatMap((change) =>
      change.kind === 'event+' ? [JSON.parse(change.payload) as Record<string, unknown>] : [],
    ),
  }
}

import type { Recipient } from '../../core/recipient.ts'
import { leadScope } from '../../core/recipient.ts'
import type { RecipientFilter } from '../../db/communications/broadcasts.ts'
import { pageLeads } from '../../db/communications/leads.ts'
import type { RunCounts } from '../../db/communications/runs.ts'
import type { Store } from '../../db/engine/store.ts'
import type { Programs, Where } from '../engine/programs.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Program } from '../script/program.ts'
import type { ScriptRef } from '../script/steps.ts'

export const UNSUBSCRIBED = 'unsubscribed'

/** What a broadcast's channel allows. */
export interface Window {
  /** How long after a person's last message it may be answered freely, ms; absent: the channel doesn't limit that. */
  readonly answerWindowMs?: number
  /** The first thing that the script sends is a template: that is allowed at any time. */
  readonly beginsWithTemplate: boolean
}

export interface Matched {
  readonly lead: Recipient
  /** Why nothing is sent to it. Absent: it takes part. */
  readonly passed?: keyof Pick<RunCounts, 'skipped' | 'blocked' | 'outsideWindow'>
}

export interface MatchDeps {
  readonly store: Store
  readonly sandbox: Sandbox
}

export interface MatchPage {
  readonly lineId: number
  readonly filter: RecipientFilter
  readonly window: Window
  readonly after: number
  readonly limit: number
  readonly now: number
}

/** The next recipients whom a filter is about; `cursor`: the last that was looked at, absent when all were. */
export async function matchRecipients(
  { store, sandbox }: MatchDeps,
  page: MatchPage,
): Promise<{ readonly matched: readonly Matched[]; readonly cursor?: number }> {
  const { lineId, filter, after, limit, now } = page
  const leads = await pageLeads(store, { lineId, filter, after, limit })
  const last = leads.length < limit ? undefined : leads.at(-1)?.lead
  const meant = await meetCondition(sandbox, leads, filter.condition, now)
  return {
    matched: meant.map((lead) => judge(lead, page)),
    ...(last === undefined ? {} : { cursor: last }),
  }
}

/** Code that fails for a recipient holds for it as little as code that gives false. */
async function meetCondition(
  sandbox: Sandbox,
  leads: readonly Recipient[],
  code: string | undefined,
  now: number,
): Promise<readonly Recipient[]> {
  if (code === undefined || leads.length === 0) return leads
  const outcomes = await sandbox.run(
    leads.map((lead) => ({
      kind: 'condition',
      code,
      scope: { leadId: lead.lead, lead: leadScope(lead), params: {}, now },
    })),
  )
  return leads.filter((_, index) => {
    const outcome = outcomes[index]
    return outcome?.ok === true && outcome.value === true
  })
}

function judge(lead: Recipient, { window, now }: MatchPage): Matched {
  if (lead.blockedAt !== undefined) return { lead, passed: 'blocked' }
  if (lead.tags.includes(UNSUBSCRIBED)) return { lead, passed: 'skipped' }
  const { answerWindowMs, beginsWithTemplate } = window
  if (answerWindowMs === undefined || beginsWithTemplate) return { lead }
  const isOpen = lead.lastSeenAt !== undefined && lead.lastSeenAt + answerWindowMs > now
  return isOpen ? { lead } : { lead, passed: 'outsideWindow' }
}

/** Is the first thing that a program sends a template? What stands in a branch counts as well, and what the scripts send that it runs. */
export async function beginsWithTemplate(
  programs: Pick<Programs, 'load'>,
  where: Where,
  program: Program,
): Promise<boolean> {
  return (await firstSending({ programs, where, seen: new Set() }, program)) === 'sendTemplate'
}

interface Search {
  readonly programs: Pick<Programs, 'load'>
  readonly where: Where
  /** Scripts that send nothing, or are being looked at. */
  readonly seen: Set<ScriptRef>
}

async function firstSending(
  search: Search,
  { ops }: Program,
): Promise<'send' | 'sendTemplate' | undefined> {
  const { programs, where, seen } = search
  for (const op of ops) {
    if (op.op === 'send' || op.op === 'sendTemplate') return op.op
    if (op.op !== 'run' || seen.has(op.script)) continue
    seen.add(op.script)
    const loaded = await programs.load(where, op.script)
    const found = loaded && (await firstSending(search, loaded.program))
    if (found) return found
  }
  return undefined
}

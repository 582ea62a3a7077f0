import type { FieldFault } from '../../api/http.ts'
import type { Trigger } from '../../api/types.ts'
import { starts } from '../../texts/communications/triggers.ts'
import { toList } from './line-desk.ts'
import { cleanSteps, type Step } from './steps.ts'
import { checkCode } from './use-editor.ts'

/** A trigger as its form holds it. */
export interface TriggerDraft {
  readonly code: string
  readonly name: string
  readonly enabled: boolean
  /** Named ones of `on`. */
  readonly events: readonly string[]
  /** `text:…` of `on`, one a line. */
  readonly words: string
  /** `tag:…` of `on`, separated by commas. */
  readonly tags: string
  readonly condition: string
  readonly does: 'script' | 'steps'
  readonly script: string
  readonly steps: readonly Step[]
  readonly cooldownSec: number
}

export function toDraft(trigger: Trigger | undefined): TriggerDraft {
  const { code = '', name = '', enabled = true, on = [], condition = '' } = trigger ?? {}
  const { script, steps, cooldownSec = 0 } = trigger ?? {}
  const behind = (prefix: string): string[] =>
    on.filter((start) => start.startsWith(prefix)).map((start) => start.slice(prefix.length))
  return {
    ...{ code, name, enabled, condition, cooldownSec },
    events: on.filter((start) => start in starts),
    words: behind('text:').join('\n'),
    tags: behind('tag:').join(', '),
    does: steps ? 'steps' : 'script',
    script: script === undefined ? '' : String(script),
    steps: steps ?? [],
  }
}

function startsOf({ events, words, tags }: TriggerDraft): readonly string[] {
  const lines = words.split('\n').map((word) => word.trim())
  return [
    ...events,
    ...lines.filter((word) => word !== '').map((word) => `text:${word}`),
    ...toList(tags).map((tag) => `tag:${tag}`),
  ]
}

export function checkTrigger(
  draft: TriggerDraft,
  known: { readonly isNew: boolean; readonly taken: readonly string[] },
): readonly FieldFault[] {
  const needsScript = draft.does === 'script' && draft.script === ''
  return [
    ...checkCode(draft.code, known),
    ...(startsOf(draft).length === 0 ? [{ field: 'on', problem: 'is required' }] : []),
    ...(needsScript ? [{ field: 'script', problem: 'is required' }] : []),
  ]
}

export function toParams(draft: TriggerDraft): object {
  const { code, name, enabled, condition, does, script, steps, cooldownSec } = draft
  return {
    code,
    enabled,
    on: startsOf(draft),
    ...(name.trim() && { name: name.trim() }),
    ...(condition.trim() && { condition }),
    ...(does === 'script' ? { script } : { steps: cleanSteps(steps) }),
    ...(cooldownSec > 0 && { cooldownSec }),
  }
}

import { useState } from 'preact/hooks'
import type { FieldFault } from '../../api/http.ts'
import { useDesk } from '../../desk/desk.ts'
import { useAction } from '../../desk/use-action.ts'
import { useLoad } from '../../desk/use-load.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import { common } from '../../texts/common.ts'
import { frame } from '../../texts/communications/frame.ts'
import { jobs } from '../../texts/communications/jobs.ts'
import { type LineDesk, titleOf, useFaults } from './line-desk.ts'
import { RecipientField } from './recipient-field.tsx'
import { checkSchedule, firstDraft, type ScheduleDraft, toParams } from './schedule-draft.ts'
import { ScheduleTimes } from './schedule-times.tsx'

interface ScheduleDialogProps {
  readonly desk: LineDesk
  readonly onClose: () => void
  readonly onScheduled: () => void
}

/** A job made by hand. */
export function ScheduleDialog({ desk, onClose, onScheduled }: ScheduleDialogProps) {
  const { say } = useDesk()
  const [draft, setDraft] = useState(firstDraft)
  const [own, setOwn] = useState<readonly FieldFault[]>([])
  const change = (patch: Partial<ScheduleDraft>): void =>
    setDraft((last) => ({ ...last, ...patch }))
  const schedule = useAction(async () => {
    const found = checkSchedule(draft)
    setOwn(found)
    if (found.length > 0) return
    await desk.call('scheduleJob', toParams(draft))
    onClose()
    onScheduled()
    return { done: jobs.scheduled }
  })
  const faultOf = useFaults([...own, ...schedule.faults])
  return (
    <Dialog
      title={say(jobs.add)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{say(common.cancel)}</Button>
          <Button kind="primary" isBusy={schedule.isBusy} onClick={() => void schedule.run()}>
            {say(jobs.schedule)}
          </Button>
        </>
      }
    >
      <What desk={desk} draft={draft} fault={faultOf(draft.kind)} onChange={change} />
      {draft.kind !== 'broadcast' && (
        <RecipientField
          desk={desk}
          value={draft.recipient}
          fault={faultOf('lead')}
          onPick={(recipient) => change({ recipient })}
        />
      )}
      <ScheduleTimes draft={draft} faultOf={faultOf} onChange={change} />
      <TextField
        label={say(frame.condition)}
        hint={say(frame.conditionHint)}
        isCode
        rows={2}
        value={draft.condition}
        fault={faultOf('condition')}
        onInput={(condition) => change({ condition })}
      />
    </Dialog>
  )
}

const LISTS = {
  script: 'listScripts',
  trigger: 'listTriggers',
  broadcast: 'listBroadcasts',
} as const

interface WhatProps {
  readonly desk: LineDesk
  readonly draft: ScheduleDraft
  readonly fault: string | undefined
  readonly onChange: (patch: Partial<ScheduleDraft>) => void
}

function What({ desk, draft: { kind, code }, fault, onChange }: WhatProps) {
  const { say } = useDesk()
  const list = useLoad(
    () => desk.all<{ readonly code: string; readonly name?: string }>(LISTS[kind]),
    [desk.line.id, kind],
  )
  const options = (list.data ?? []).map((one) => ({
    value: one.code,
    title: titleOf(one).slice(0, 100),
  }))
  return (
    <div class="form-grid">
      <SelectField
        label={say(jobs.kind)}
        value={kind}
        options={[
          { value: 'script', title: say(jobs.kindScript) },
          { value: 'trigger', title: say(jobs.kindTrigger) },
          { value: 'broadcast', title: say(jobs.kindBroadcast) },
        ]}
        onPick={(next) => onChange({ kind: next as ScheduleDraft['kind'], code: '' })}
      />
      <SelectField
        label={say(jobs.which)}
        isRequired
        value={code}
        options={[{ value: '', title: say(jobs.pickWhich) }, ...options]}
        fault={fault}
        onPick={(next) => onChange({ code: next })}
      />
    </div>
  )
}

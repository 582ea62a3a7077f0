import { useDesk } from '../../desk/desk.ts'
import { DurationField } from '../../parts/duration-field.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import { broadcasts } from '../../texts/communications/broadcasts.ts'
import { jobs } from '../../texts/communications/jobs.ts'
import type { ScheduleDraft } from './schedule-draft.ts'

interface ScheduleTimesProps {
  readonly draft: ScheduleDraft
  readonly faultOf: (field: string) => string | undefined
  readonly onChange: (patch: Partial<ScheduleDraft>) => void
}

/** When a job runs, and how often. */
export function ScheduleTimes(props: ScheduleTimesProps) {
  return (
    <>
      <When {...props} />
      <Repeat {...props} />
    </>
  )
}

function When({ draft, faultOf, onChange }: ScheduleTimesProps) {
  const { say } = useDesk()
  return (
    <div class="form-grid">
      <SelectField
        label={say(jobs.when)}
        value={draft.when}
        options={[
          { value: 'now', title: say(jobs.whenNow) },
          { value: 'after', title: say(jobs.whenAfter) },
          { value: 'at', title: say(jobs.whenAt) },
        ]}
        onPick={(when) => onChange({ when: when as ScheduleDraft['when'] })}
      />
      {draft.when === 'after' && (
        <DurationField
          label={say(jobs.after)}
          fault={faultOf('runAfterSec')}
          seconds={draft.afterSec}
          onChange={(afterSec) => onChange({ afterSec })}
        />
      )}
      {draft.when === 'at' && (
        <TextField
          label={say(jobs.at)}
          hint={say(jobs.atHint)}
          type="datetime-local"
          isRequired
          value={draft.at}
          fault={faultOf('runAt')}
          onInput={(at) => onChange({ at })}
        />
      )}
    </div>
  )
}

function Repeat({ draft, faultOf, onChange }: ScheduleTimesProps) {
  const { say } = useDesk()
  return (
    <div class="form-grid">
      <SelectField
        label={say(jobs.repeat)}
        value={draft.repeat}
        options={[
          { value: 'no', title: say(jobs.repeatNo) },
          { value: 'every', title: say(jobs.repeatEvery) },
          { value: 'cron', title: say(jobs.repeatCron) },
        ]}
        onPick={(repeat) => onChange({ repeat: repeat as ScheduleDraft['repeat'] })}
      />
      {draft.repeat === 'every' && (
        <DurationField
          label={say(jobs.every)}
          fault={faultOf('periodSec')}
          seconds={draft.everySec}
          onChange={(everySec) => onChange({ everySec })}
        />
      )}
      {draft.repeat === 'cron' && (
        <>
          <TextField
            label={say(jobs.cron)}
            hint={say(jobs.cronHint)}
            isCode
            value={draft.cron}
            fault={faultOf('cron')}
            onInput={(cron) => onChange({ cron })}
          />
          <TextField
            label={say(broadcasts.timeZone)}
            value={draft.timeZone}
            fault={faultOf('timeZone')}
            onInput={(timeZone) => onChange({ timeZone })}
          />
        </>
      )}
    </div>
  )
}

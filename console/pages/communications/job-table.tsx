import { useState } from 'preact/hooks'
import type { Job } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useAction } from '../../desk/use-action.ts'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { Moment } from '../../parts/moment.tsx'
import { Prose } from '../../parts/name.tsx'
import { Table } from '../../parts/table.tsx'
import { frame } from '../../texts/communications/frame.ts'
import { jobStates, jobs } from '../../texts/communications/jobs.ts'
import type { LineDesk } from './line-desk.ts'

const TONES: Readonly<Record<Job['state'], Tone>> = {
  scheduled: 'idle',
  running: 'busy',
  waiting: 'busy',
  done: 'good',
  skipped: 'idle',
  failed: 'bad',
  cancelled: 'idle',
  interrupted: 'warn',
}

interface JobTableProps {
  readonly items: readonly Job[]
  readonly desk: LineDesk
  readonly onChanged: () => void
}

export function JobTable({ items, desk, onChanged }: JobTableProps) {
  const { say } = useDesk()
  return (
    <Table
      label={say(frame.jobs)}
      rows={items}
      keyOf={({ id }) => id}
      columns={[
        { key: 'what', title: say(jobs.what), cell: (job) => <What job={job} /> },
        {
          key: 'whom',
          title: say(jobs.whom),
          cell: ({ lead }) => (lead === undefined ? '' : say(frame.lead, { n: String(lead) })),
        },
        { key: 'due', title: say(jobs.due), cell: ({ dueAt }) => <Moment at={dueAt} /> },
        { key: 'state', title: say(jobs.state), cell: ({ state }) => <State state={state} /> },
        { key: 'result', title: say(jobs.result), cell: (job) => <Result job={job} /> },
        {
          key: 'do',
          title: '',
          cell: (job) => <CancelJob job={job} desk={desk} onChanged={onChanged} />,
        },
      ]}
    />
  )
}

const whatOf = ({ script, trigger, broadcast, id }: Job): string =>
  String(script ?? trigger ?? broadcast ?? id)

function What({ job }: { readonly job: Job }) {
  return (
    <span class="stack none">
      <code class="cut">{whatOf(job)}</code>
      <span class="muted small">{job.id}</span>
    </span>
  )
}

function State({ state }: { readonly state: Job['state'] }) {
  const { say } = useDesk()
  const words = jobStates[state]
  return <Badge tone={TONES[state]} text={words ? say(words) : state} />
}

function Result({ job: { error, finishedAt, position } }: { readonly job: Job }) {
  const { say } = useDesk()
  if (error) return <Prose text={`${error.code}: ${error.message}`} />
  if (finishedAt) {
    return (
      <span class="muted small">
        {say(jobs.finished)} <Moment at={finishedAt} />
      </span>
    )
  }
  return position > 0 ? (
    <span class="muted small">{say(jobs.position, { n: position })}</span>
  ) : null
}

interface CancelJobProps {
  readonly job: Job
  readonly desk: LineDesk
  readonly onChanged: () => void
}

function CancelJob({ job, desk, onChanged }: CancelJobProps) {
  const { say } = useDesk()
  const [isOpen, setOpen] = useState(false)
  const cancel = useAction(async () => {
    await desk.call('cancelJob', { id: job.id })
    setOpen(false)
    onChanged()
    return { done: jobs.cancelled }
  })
  if (job.finishedAt !== undefined) return null
  return (
    <>
      <Button
        kind="quiet"
        icon="cross"
        label={`${say(jobs.cancel)} ${job.id}`}
        onClick={() => setOpen(true)}
      />
      {isOpen && (
        <Confirm
          title={say(jobs.cancelTitle, { name: whatOf(job) })}
          action={say(jobs.cancel)}
          isBusy={cancel.isBusy}
          onConfirm={() => void cancel.run()}
          onClose={() => setOpen(false)}
        >
          <p>{say(jobs.cancelHint)}</p>
        </Confirm>
      )}
    </>
  )
}

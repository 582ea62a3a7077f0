import { useState } from 'preact/hooks'
import type { Job, Page } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useAction } from '../../desk/use-action.ts'
import { useLoad } from '../../desk/use-load.ts'
import { Button } from '../../parts/button.tsx'
import { SelectField } from '../../parts/field.tsx'
import { Card } from '../../parts/page.tsx'
import { Await, Empty } from '../../parts/states.tsx'
import { MoreButton } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { jobStates, jobs } from '../../texts/communications/jobs.ts'
import { JobTable } from './job-table.tsx'
import type { LineDesk } from './line-desk.ts'
import { ScheduleDialog } from './schedule-dialog.tsx'

const SHOWN = 50

/** What runs, waits and has ended. */
export function Jobs({ desk }: { readonly desk: LineDesk }) {
  const { say } = useDesk()
  const [state, setState] = useState('')
  const [isOpen, setOpen] = useState(false)
  const load = (cursor?: string): Promise<Page<Job>> =>
    desk.call('listJobs', { limit: SHOWN, ...(state && { state }), ...(cursor && { cursor }) })
  const list = useLoad(() => load(), [desk.line.id, state])
  const more = useAction(async (page: Page<Job>) => {
    const next = await load(page.cursor)
    list.put({ ...next, items: [...page.items, ...next.items] })
  })
  const add = (
    <Button kind="primary" icon="plus" onClick={() => setOpen(true)}>
      {say(jobs.add)}
    </Button>
  )
  const states = Object.entries(jobStates).map(([value, words]) => ({ value, title: say(words) }))
  return (
    <div class="stack">
      <div class="row apart wrap bottom">
        <SelectField
          label={say(jobs.state)}
          value={state}
          options={[{ value: '', title: say(common.all) }, ...states]}
          onPick={setState}
        />
        {add}
      </div>
      <Await of={list}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty
              icon="retry"
              title={say(state ? jobs.emptyFiltered : jobs.empty)}
              {...(!state && { hint: say(jobs.emptyHint) })}
            />
          ) : (
            <Card isFlush>
              <JobTable items={page.items} desk={desk} onChanged={list.reload} />
              {page.cursor !== undefined && (
                <MoreButton isBusy={more.isBusy} onMore={() => void more.run(page)} />
              )}
            </Card>
          )
        }
      </Await>
      {isOpen && (
        <ScheduleDialog desk={desk} onClose={() => setOpen(false)} onScheduled={list.reload} />
      )}
    </div>
  )
}

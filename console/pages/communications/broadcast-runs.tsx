import { useEffect } from 'preact/hooks'
import type { ListedRun, Page } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useLoad } from '../../desk/use-load.ts'
import { Await } from '../../parts/states.tsx'
import { broadcasts } from '../../texts/communications/broadcasts.ts'
import { BroadcastRun } from './broadcast-run.tsx'
import type { LineDesk } from './line-desk.ts'

const SHOWN = 10
const LOOK_MS = 2000

interface BroadcastRunsProps {
  readonly desk: LineDesk
  readonly code: string
  readonly title: string
  /** Goes up when another one was started. */
  readonly round: number
}

/** The last runs; while one is under way its figures go on by themselves. */
export function BroadcastRuns({ desk, code, title, round }: BroadcastRunsProps) {
  const { say } = useDesk()
  const runs = useLoad(
    () => desk.call<Page<ListedRun>>('listBroadcastRuns', { code, limit: SHOWN }),
    [desk.line.id, code, round],
  )
  const isMoving = runs.data?.items.some(
    ({ state }) => state === 'running' || state === 'scheduled',
  )
  const { data, isLoading, reload } = runs
  useEffect(() => {
    if (!isMoving || isLoading) return
    const timer = setTimeout(reload, LOOK_MS)
    return () => clearTimeout(timer)
  }, [isMoving, isLoading, data])
  return (
    <Await of={runs} rows={2}>
      {({ items }) =>
        items.length === 0 ? (
          <p class="muted">{say(broadcasts.noRuns)}</p>
        ) : (
          <ul class="bare-list runs">
            {items.map((run) => (
              <li key={run.run}>
                <BroadcastRun desk={desk} run={run} title={title} onMoved={reload} />
              </li>
            ))}
          </ul>
        )
      }
    </Await>
  )
}

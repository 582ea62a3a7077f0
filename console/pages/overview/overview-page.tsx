import { useEffect } from 'preact/hooks'
import type { Overview } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { useLoad } from '../../desk/use-load.ts'
import { Badge } from '../../parts/badge.tsx'
import { Chart } from '../../parts/chart.tsx'
import { ButtonLink } from '../../parts/link.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { Await, Empty } from '../../parts/states.tsx'
import { overview } from '../../texts/overview.ts'
import { Figures } from './figures.tsx'
import { LockedLines, Processes, UnwellLines } from './lists.tsx'

/** The first look: is the hub well, and if not, where is it mended? */
export function OverviewPage() {
  const { say, api, isOperator, comebacks, follow } = useDesk()
  const loaded = useLoad(api.overview, [])
  useEffect(() => follow({ overview: loaded.put }), [comebacks.value])
  return (
    <Page title={say(overview.title)} actions={loaded.data && <Verdict of={loaded.data} />}>
      <Await of={loaded} rows={6}>
        {(data) => (data.lines.total === 0 ? <First /> : <Hub of={data} />)}
      </Await>
      {isOperator && loaded.data && <Processes />}
    </Page>
  )
}

function Verdict({ of: { locked, unwell, lines } }: { readonly of: Overview }) {
  const { say } = useDesk()
  const ill = (lines.byHealth.broken ?? 0) + (lines.byHealth.degraded ?? 0)
  const n = Math.max(ill, unwell.length)
  if (n > 0) return <Badge tone="bad" text={say(overview.unwell, { n })} />
  if (locked.length > 0) {
    return <Badge tone="warn" text={say(overview.waitingForPortals, { n: locked.length })} />
  }
  return lines.total > 0 ? <Badge tone="good" text={say(overview.well)} /> : null
}

function Hub({ of }: { readonly of: Overview }) {
  const { say } = useDesk()
  return (
    <>
      <Figures of={of} />
      {of.traffic.events.perSecond.length > 0 && <Traffic of={of} />}
      <LockedLines lines={of.locked} />
      <UnwellLines lines={of.unwell} />
      {of.locked.length + of.unwell.length === 0 && <p class="muted">{say(overview.allWell)}</p>}
    </>
  )
}

const STEP_SEC = 5

function Traffic({ of: { traffic, at } }: { readonly of: Overview }) {
  const { say } = useDesk()
  const last = (values: readonly number[]): number => Math.round((values.at(-1) ?? 0) * 10) / 10
  const events = last(traffic.events.perSecond)
  const sends = last(traffic.sends.perSecond)
  return (
    <Card
      title={say(overview.traffic)}
      actions={
        <div class="legend">
          <span>{say(overview.events)}</span>
          <span class="sends">{say(overview.sends)}</span>
        </div>
      }
    >
      <Chart
        label={say(overview.chartWords, { events, sends })}
        at={at}
        stepSec={STEP_SEC}
        series={[
          { title: say(overview.events), values: traffic.events.perSecond, color: 'events' },
          { title: say(overview.sends), values: traffic.sends.perSecond, color: 'sends' },
        ]}
      />
    </Card>
  )
}

/** Nothing is connected yet: what to do first. */
function First() {
  const { say, isOperator, api } = useDesk()
  const portals = useLoad((stop) => api.portals({ limit: 1 }, stop), [])
  const needsPortal = isOperator && portals.data?.items.length === 0
  return (
    <Card>
      <Empty
        icon="plug"
        title={say(overview.firstTitle)}
        hint={say(isOperator ? overview.firstHint : overview.firstHintOwn)}
      >
        {isOperator && (
          <ButtonLink href={hrefOf('/portals/new')} icon="portal" isPrimary={needsPortal}>
            {say(overview.addPortal)}
          </ButtonLink>
        )}
        {!needsPortal && (
          <ButtonLink href={hrefOf('/connect')} icon="plug" isPrimary>
            {say(overview.connect)}
          </ButtonLink>
        )}
      </Empty>
    </Card>
  )
}

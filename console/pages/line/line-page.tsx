import type { LineDetail } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { LineBadge } from '../../parts/badge.tsx'
import { nameOf } from '../../parts/line-name.tsx'
import { Page } from '../../parts/page.tsx'
import { Await } from '../../parts/states.tsx'
import { type Tab, Tabs } from '../../parts/tabs.tsx'
import { titleOf } from '../../texts/channels.ts'
import { line as texts } from '../../texts/line.ts'
import { lines } from '../../texts/lines.ts'
import { DeadLettersTab } from './dead-letters-tab.tsx'
import { JournalTab } from './journal-tab.tsx'
import { LineActions } from './line-actions.tsx'
import { SendTab } from './send-tab.tsx'
import { SettingsTab } from './settings-tab.tsx'
import { StateTab } from './state-tab.tsx'
import { TraceTab } from './trace-tab.tsx'
import { type LiveLine, useLine } from './use-line.ts'

export function LinePage({ id }: { readonly id: number }) {
  const { say } = useDesk()
  const live = useLine(id)
  const { data } = live.line
  return (
    <Page
      title={data ? nameOf(data) : say(texts.title)}
      above={{ path: '/lines', title: say(lines.title) }}
      {...(data && { hint: say(titleOf(data.connector)) })}
      actions={data && <LineBadge line={data} />}
    >
      <Await of={live.line} rows={8}>
        {(line) => <Line line={line} live={live} />}
      </Await>
    </Page>
  )
}

interface LineProps {
  readonly line: LineDetail
  readonly live: LiveLine
}

function Line({ line, live }: LineProps) {
  const { say, navigation } = useDesk()
  const { tab = 'state' } = navigation.place.value.query
  const tabs: readonly Tab[] = [
    { id: 'state', title: say(texts.state) },
    { id: 'messages', title: say(texts.journal) },
    { id: 'dead', title: say(texts.deadLetters), count: line.deadLetters },
    { id: 'send', title: say(texts.sendTest) },
    { id: 'settings', title: say(texts.settings) },
    { id: 'trace', title: say(texts.trace) },
  ]
  const current = tabs.some(({ id }) => id === tab) ? tab : 'state'
  const pick = (id: string): void =>
    navigation.go(hrefOf(`/lines/${line.id}`, id === 'state' ? {} : { tab: id }))
  return (
    <>
      <LineActions line={line} onChanged={live.line.reload} />
      <Tabs label={say(texts.tabs)} tabs={tabs} current={current} onPick={pick} />
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${current}`} class="stack">
        <Panel tab={current} line={line} live={live} />
      </div>
    </>
  )
}

function Panel({ tab, line, live }: LineProps & { readonly tab: string }) {
  const { reload } = live.line
  if (tab === 'messages') return <JournalTab line={line} items={live.journal} />
  if (tab === 'dead') return <DeadLettersTab line={line} onChanged={reload} />
  if (tab === 'send') return <SendTab line={line} />
  if (tab === 'settings') return <SettingsTab line={line} onSaved={reload} />
  if (tab === 'trace') return <TraceTab line={line} />
  return <StateTab line={line} onChanged={reload} />
}

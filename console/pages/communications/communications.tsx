import type { LineItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { useLoad } from '../../desk/use-load.ts'
import { ButtonLink } from '../../parts/link.tsx'
import { Page } from '../../parts/page.tsx'
import { Await, Empty } from '../../parts/states.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import { common } from '../../texts/common.ts'
import { frame } from '../../texts/communications/frame.ts'
import { Broadcasts } from './broadcasts.tsx'
import { Jobs } from './jobs.tsx'
import { useLineDesk } from './line-desk.ts'
import { LinePicker } from './line-picker.tsx'
import { Scripts } from './scripts.tsx'
import { Slots } from './slots.tsx'
import { Triggers } from './triggers.tsx'

const PARTS = {
  scripts: Scripts,
  triggers: Triggers,
  broadcasts: Broadcasts,
  jobs: Jobs,
  slots: Slots,
} as const
type Part = keyof typeof PARTS

/** What a company starts by itself, line by line. */
export function CommunicationsPage() {
  const { say, api, navigation } = useDesk()
  const { query } = navigation.place.value
  const wanted = Number(query['line'])
  const line = useLoad(
    async (stop) => {
      if (Number.isInteger(wanted) && wanted > 0) return await api.line(wanted, stop)
      const { items } = await api.lines({ limit: 1 }, stop)
      return items[0] ?? null
    },
    [query['line']],
  )
  return (
    <Page title={say(common.communications)} hint={say(frame.hint)}>
      <Await of={line}>
        {(found) =>
          found === null ? (
            <Empty icon="plug" title={say(frame.noLine)} hint={say(frame.noLineHint)}>
              <ButtonLink href={hrefOf('/connect')} isPrimary icon="plug">
                {say(common.connect)}
              </ButtonLink>
            </Empty>
          ) : (
            <OfLine line={found} />
          )
        }
      </Await>
    </Page>
  )
}

function OfLine({ line }: { readonly line: LineItem }) {
  const { say, navigation } = useDesk()
  const desk = useLineDesk(line)
  const part = partOf(navigation.place.value.path)
  const Part = PARTS[part]
  const go = (to: string, id: number): void =>
    navigation.go(hrefOf(`/communications/${to}`, { line: String(id) }))
  return (
    <div class="stack">
      <LinePicker line={line} onPick={({ id }) => go(part, id)} />
      <Tabs
        label={say(frame.sections)}
        current={part}
        tabs={(Object.keys(PARTS) as Part[]).map((id) => ({ id, title: say(frame[id]) }))}
        onPick={(id) => go(id, line.id)}
      />
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${part}`}>
        <Part key={line.id} desk={desk} />
      </div>
    </div>
  )
}

function partOf(path: string): Part {
  const [, , part = ''] = path.split('/')
  return part in PARTS ? (part as Part) : 'scripts'
}

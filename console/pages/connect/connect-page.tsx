import { useState } from 'preact/hooks'
import type { Connector } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { useLoad } from '../../desk/use-load.ts'
import { ButtonLink, Link } from '../../parts/link.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { Await, Empty } from '../../parts/states.tsx'
import { fullTitleOf } from '../../texts/channels.ts'
import { connect } from '../../texts/connect.ts'

/** With more than these one looks for a name sooner than through the list. */
const MANY = 12

export function ConnectPage() {
  const { say, api, isOperator } = useDesk()
  const connectors = useLoad(api.connectors, [])
  const portals = useLoad((stop) => api.portals({ limit: 1 }, stop), [])
  const needsPortal = isOperator && portals.data?.items.length === 0
  return (
    <Page title={say(connect.title)} hint={say(connect.hint)}>
      {needsPortal ? (
        <Card>
          <Empty icon="portal" title={say(connect.portalFirst)} hint={say(connect.portalFirstHint)}>
            <ButtonLink href={hrefOf('/portals/new')} icon="plus" isPrimary>
              {say(connect.addPortal)}
            </ButtonLink>
          </Empty>
        </Card>
      ) : (
        <Await of={connectors}>{(list) => <Choices connectors={list} />}</Await>
      )}
    </Page>
  )
}

function Choices({ connectors }: { readonly connectors: readonly Connector[] }) {
  const { say, scope } = useDesk()
  const [q, setQ] = useState('')
  const own = scope.kind === 'line' ? scope.line.connector : undefined
  const offered = connectors.filter(({ id }) => own === undefined || id === own)
  const found = offered.filter((one) =>
    `${one.title} ${say(fullTitleOf(one))}`.toLowerCase().includes(q.toLowerCase()),
  )
  return (
    <>
      {offered.length > MANY && (
        <search>
          <SearchBox value={q} onSearch={setQ} placeholder={say(connect.search)} />
        </search>
      )}
      {found.length === 0 && (
        <Card>
          <Empty icon="plug" title={say(q === '' ? connect.none : connect.noneFound)} />
        </Card>
      )}
      <Group connectors={found.filter(({ parent }) => parent === undefined)} />
      <Group
        connectors={found.filter(({ parent }) => parent !== undefined)}
        title={say(connect.further)}
      />
    </>
  )
}

interface GroupProps {
  readonly connectors: readonly Connector[]
  readonly title?: string
}

function Group({ connectors, title }: GroupProps) {
  const { say, navigation } = useDesk()
  const { portal } = navigation.place.value.query
  if (connectors.length === 0) return null
  return (
    <>
      {title && <h2 class="choices-title">{title}</h2>}
      <div class="choices">
        {connectors.map((one) => (
          <Link key={one.id} href={hrefOf(`/connect/${one.id}`, { portal })} class="choice">
            <span class="monogram" aria-hidden="true">
              {say(fullTitleOf(one)).slice(0, 1)}
            </span>
            <span class="choice-title">{say(fullTitleOf(one))}</span>
          </Link>
        ))}
      </div>
    </>
  )
}

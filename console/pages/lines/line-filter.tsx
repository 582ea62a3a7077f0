import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { useLoad } from '../../desk/use-load.ts'
import { SelectField } from '../../parts/field.tsx'
import { SearchBox } from '../../parts/search-box.tsx'
import { fullTitleOf } from '../../texts/channels.ts'
import { lines } from '../../texts/lines.ts'
import { healthWords, statusWords } from '../../texts/state.ts'

type Query = Readonly<Record<string, string>>

const MAX_PORTALS = 200

export function LineFilter({ query }: { readonly query: Query }) {
  const { say, navigation, isOperator } = useDesk()
  const put = (change: Query): void =>
    navigation.go(hrefOf('/lines', { ...query, ...change }), { replace: true })
  const states = (
    words: Readonly<Record<string, { readonly en: string; readonly ru: string }>>,
  ) => [
    { value: '', title: say(lines.any) },
    ...Object.entries(words).map(([value, text]) => ({ value, title: say(text) })),
  ]
  return (
    <search class="filter">
      <SearchBox
        value={query['q'] ?? ''}
        placeholder={say(lines.search)}
        onSearch={(q) => put({ q })}
      />
      <ConnectorPick value={query['connector'] ?? ''} onPick={(connector) => put({ connector })} />
      {isOperator && (
        <PortalPick value={query['portal'] ?? ''} onPick={(portal) => put({ portal })} />
      )}
      <SelectField
        label={say(lines.status)}
        value={query['status'] ?? ''}
        options={states(statusWords)}
        onPick={(status) => put({ status })}
      />
      <SelectField
        label={say(lines.health)}
        value={query['health'] ?? ''}
        options={states(healthWords)}
        onPick={(health) => put({ health })}
      />
    </search>
  )
}

interface PickProps {
  readonly value: string
  readonly onPick: (value: string) => void
}

function ConnectorPick({ value, onPick }: PickProps) {
  const { say, api } = useDesk()
  const { data = [] } = useLoad(api.connectors, [])
  const options = data.map((one) => ({ value: one.id, title: say(fullTitleOf(one)) }))
  return (
    <SelectField
      label={say(lines.channel)}
      value={value}
      options={[{ value: '', title: say(lines.anyChannel) }, ...options]}
      onPick={onPick}
    />
  )
}

function PortalPick({ value, onPick }: PickProps) {
  const { say, api } = useDesk()
  const { data } = useLoad((stop) => api.portals({ limit: MAX_PORTALS }, stop), [])
  const options = (data?.items ?? []).map(({ id, name }) => ({
    value: id,
    title: name.slice(0, 80),
  }))
  return (
    <SelectField
      label={say(lines.portal)}
      value={value}
      options={[{ value: '', title: say(lines.anyPortal) }, ...options]}
      onPick={onPick}
    />
  )
}

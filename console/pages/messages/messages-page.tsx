import { useState } from 'preact/hooks'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { useLoad } from '../../desk/use-load.ts'
import { Button } from '../../parts/button.tsx'
import { TextField } from '../../parts/field.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { Await, Empty } from '../../parts/states.tsx'
import { JournalCard } from '../../parts/timeline.tsx'
import { messages } from '../../texts/messages.ts'

/** What became of a message, by any id that somebody has of it. */
export function MessagesPage() {
  const { say, navigation } = useDesk()
  const { id = '', line = '' } = navigation.place.value.query
  const [typed, setTyped] = useState(id)
  const find = (event: SubmitEvent): void => {
    event.preventDefault()
    navigation.go(hrefOf('/messages', { id: typed.trim(), line }))
  }
  return (
    <Page title={say(messages.title)} hint={say(messages.hint)} isNarrow>
      <Card>
        <form class="search-form" onSubmit={find}>
          <div class="grow">
            <TextField
              label={say(messages.id)}
              type="search"
              isCode
              value={typed}
              placeholder="evt_…"
              onInput={setTyped}
            />
          </div>
          <Button type="submit" kind="primary" icon="search">
            {say(messages.find)}
          </Button>
        </form>
      </Card>
      <Card isFlush>
        {id === '' ? (
          <Empty icon="search" title={say(messages.emptyTitle)} hint={say(messages.emptyHint)} />
        ) : (
          <Found id={id} line={line} />
        )}
      </Card>
    </Page>
  )
}

function Found({ id, line }: { readonly id: string; readonly line: string }) {
  const { say, api } = useDesk()
  const found = useLoad(
    () => api.messages({ id, ...(line !== '' && { line: Number(line) }) }),
    [id, line],
  )
  return (
    <Await of={found}>
      {({ items }) => (
        <div role="status">
          {items.length === 0 ? (
            <Empty icon="search" title={say(messages.noneTitle)} hint={say(messages.noneHint)} />
          ) : (
            items.map((item) => <JournalCard key={item.evt ?? item.out ?? ''} item={item} />)
          )}
        </div>
      )}
    </Await>
  )
}

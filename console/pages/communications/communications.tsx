import { useDesk } from '../../desk/desk.ts'
import { Page } from '../../parts/page.tsx'
import { Empty } from '../../parts/states.tsx'
import { communications } from '../../texts/communications.ts'

/** Everything under `/communications`: which page it is, it reads from the address. */
export function CommunicationsPage() {
  const { say } = useDesk()
  return (
    <Page title={say(communications.title)}>
      <Empty icon="megaphone" title={say(communications.soon)} />
    </Page>
  )
}

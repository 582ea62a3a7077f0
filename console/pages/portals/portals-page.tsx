import { Page } from '../../parts/page.tsx'

export function PortalsPage() {
  return <Page title="…">…</Page>
}

import { Page } from '../../parts/page.tsx'

export function AddPortalPage() {
  return <Page title="…">…</Page>
}

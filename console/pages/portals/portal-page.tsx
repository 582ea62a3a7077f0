import { Page } from '../../parts/page.tsx'

export function PortalPage({ id: _id }: { readonly id: string }) {
  return <Page title="…">…</Page>
}

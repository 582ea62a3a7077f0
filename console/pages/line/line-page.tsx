import { Page } from '../../parts/page.tsx'

export function LinePage({ id: _id }: { readonly id: number }) {
  return <Page title="…">…</Page>
}

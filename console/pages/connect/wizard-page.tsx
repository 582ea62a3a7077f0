import { Page } from '../../parts/page.tsx'

export function WizardPage({ id: _id }: { readonly id: string }) {
  return <Page title="…">…</Page>
}

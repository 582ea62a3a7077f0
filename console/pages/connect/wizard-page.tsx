import type { Connector } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useLoad } from '../../desk/use-load.ts'
import { Page } from '../../parts/page.tsx'
import { Await, Empty } from '../../parts/states.tsx'
import { fullTitleOf } from '../../texts/channels.ts'
import { connect } from '../../texts/connect.ts'
import { BeginStep } from './begin-step.tsx'
import { GuideSteps } from './guide-steps.tsx'
import { TestStep } from './test-step.tsx'
import { useWizard } from './use-wizard.ts'

/** Leads an administrator, who is no programmer, through connecting a channel: one page, a step below the other. */
export function WizardPage({ id }: { readonly id: string }) {
  const { say, api } = useDesk()
  const connectors = useLoad(api.connectors, [])
  const connector = connectors.data?.find((one) => one.id === id)
  const title = say(connect.wizard, { channel: connector ? say(fullTitleOf(connector)) : id })
  const above = { path: '/connect', title: say(connect.title) }
  return (
    <Page title={title} above={above} isNarrow>
      <Await of={connectors}>
        {() =>
          connector ? (
            <Wizard connector={connector} />
          ) : (
            <Empty icon="plug" title={say(connect.unknown)} />
          )
        }
      </Await>
    </Page>
  )
}

function Wizard({ connector }: { readonly connector: Connector }) {
  const wizard = useWizard(connector)
  return (
    <ol class="steps card">
      <BeginStep wizard={wizard} />
      <GuideSteps wizard={wizard} />
      <TestStep wizard={wizard} />
    </ol>
  )
}

import { useDesk } from '../../desk/desk.ts'
import { Button } from '../../parts/button.tsx'
import { TestVerdict } from '../../parts/verdict.tsx'
import { connect } from '../../texts/connect.ts'
import { FirstMessage } from './first-message.tsx'
import type { Wizard } from './use-wizard.ts'

/** The last steps: does it work, and the first message as proof. */
export function TestStep({ wizard }: { readonly wizard: Wizard }) {
  const { say } = useDesk()
  const { test, result, saved, connector } = wizard
  const isConnected = result?.channel.ok === true
  return (
    <>
      <li class={isConnected ? 'guide-step done' : 'guide-step'}>
        <h2>{say(connect.testTitle)}</h2>
        <p class="muted">{say(connect.testHint)}</p>
        <div class="row">
          <Button kind="primary" isBusy={test.isBusy} onClick={() => void test.run()}>
            {say(connect.saveAndTest)}
          </Button>
        </div>
        {test.isBusy && (
          <p class="waiting" role="status">
            <span class="pulse" />
            {say(connect.testing)}
          </p>
        )}
        {result && <TestVerdict result={result} />}
      </li>
      {isConnected && saved && <FirstMessage line={saved} connector={connector} />}
    </>
  )
}

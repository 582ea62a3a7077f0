import { useState } from 'preact/hooks'
import type { Session } from '../api/types.ts'
import { useDesk } from '../desk/desk.ts'
import { useAction } from '../desk/use-action.ts'
import { loginFault } from '../pages/login.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { TextField } from '../parts/field.tsx'
import { login } from '../texts/login.ts'

/** Over the page, so that what is filled in there is not lost. Whoever closes it leaves. */
export function SignInAgain() {
  const desk = useDesk()
  const { say, api, isOperator, session } = desk
  const [token, setToken] = useState('')
  const again = useAction(
    async () => {
      // Administrators of a portal come in by a new link, in another tab of the same browser.
      desk.enter(await (isOperator ? api.signIn(token.trim()) : api.session()))
      return undefined
    },
    { isQuiet: true },
  )
  const fault = again.error === undefined ? undefined : loginFault(again.error, desk)
  return (
    <Dialog
      title={say(login.ended)}
      onClose={() => desk.leave()}
      actions={
        <Button kind="primary" isBusy={again.isBusy} onClick={() => void again.run()}>
          {say(isOperator ? login.enter : login.goOn)}
        </Button>
      }
    >
      {isEarly(session.value) && <p>{say(isOperator ? login.endedEarly : login.endedEarlyOwn)}</p>}
      <p>{say(isOperator ? login.endedHint : login.endedHintOwn)}</p>
      {isOperator ? (
        <TextField
          label={say(login.token)}
          value={token}
          onInput={setToken}
          fault={fault}
          isSecret
        />
      ) : (
        again.error !== undefined && <p role="alert">{say(login.stillEnded)}</p>
      )}
    </Dialog>
  )
}

/** Clocks of hub and browser may differ by this much. */
const CLOCKS_MS = 120_000

/** It would have gone on: somebody has ended it. */
function isEarly(session: Session | null | undefined): boolean {
  const { expiresAt } = session ?? {}
  return expiresAt !== undefined && Date.parse(expiresAt) - Date.now() > CLOCKS_MS
}

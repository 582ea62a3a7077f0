import { useState } from 'preact/hooks'
import { ApiError } from '../api/http.ts'
import { useDesk } from '../desk/desk.ts'
import icon from '../icon.svg'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { Notice } from '../parts/states.tsx'
import { LanguageSwitch } from '../shell/switches.tsx'
import { common } from '../texts/common.ts'
import { login } from '../texts/login.ts'

export function LoginPage() {
  const desk = useDesk()
  const { say, api } = desk
  const [token, setToken] = useState('')
  const [fault, setFault] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const enter = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (token.trim() === '') return setFault(say(login.empty))
    setBusy(true)
    try {
      desk.enter(await api.signIn(token.trim()))
    } catch (error) {
      setFault(loginFault(error, desk))
    } finally {
      setBusy(false)
    }
  }
  return (
    <main class="login" id="main">
      <form class="card login-card" onSubmit={(event) => void enter(event)} noValidate>
        <div class="row apart">
          <span class="brand">
            <img src={icon} alt="" width="28" height="28" />
            {say(common.product)}
          </span>
          <LanguageSwitch />
        </div>
        <div class="stack tight">
          <h1>{say(login.title)}</h1>
          <p class="muted">{say(login.hint)}</p>
        </div>
        <TextField
          label={say(login.token)}
          hint={say(login.tokenHint)}
          value={token}
          onInput={(value) => {
            setToken(value)
            setFault(undefined)
          }}
          fault={fault}
          isSecret
        />
        <Button kind="primary" type="submit" isBusy={isBusy}>
          {say(login.enter)}
        </Button>
        <Notice tone="info">
          <p>{say(login.forAdministrators)}</p>
        </Notice>
      </form>
    </main>
  )
}

/** Why somebody was not let in. */
export function loginFault(error: unknown, { say, explain }: ReturnType<typeof useDesk>): string {
  if (!(error instanceof ApiError)) return explain(error)
  if (error.status === 429) return say(login.tooMany, { n: error.retryAfterSec ?? 1 })
  return error.code === 'HUB_BAD_TOKEN' ? say(login.wrong) : explain(error)
}

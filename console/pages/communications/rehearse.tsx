import { useState } from 'preact/hooks'
import type { Recipient, Rehearsal } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { useAction } from '../../desk/use-action.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { jobs } from '../../texts/communications/jobs.ts'
import { scripts } from '../../texts/communications/scripts.ts'
import type { LineDesk } from './line-desk.ts'
import { nameOf, RecipientField } from './recipient-field.tsx'
import { RehearsedActions } from './rehearsed-actions.tsx'
import type { Step } from './steps.ts'

interface RehearseProps {
  readonly desk: LineDesk
  readonly steps: readonly Step[]
  readonly title: string
  /** Its code, while what is seen is what is saved. */
  readonly script?: string
}

/** What the steps would do for somebody, and the way to do it. */
export function Rehearse({ desk, steps, title, script }: RehearseProps) {
  const { say } = useDesk()
  const [recipient, setRecipient] = useState<Recipient>()
  const [isMissing, setMissing] = useState(false)
  const [shown, setShown] = useState<Rehearsal>()
  const rehearse = useAction(async () => {
    if (!recipient) {
      setMissing(true)
      return undefined
    }
    setShown(await desk.call<Rehearsal>('testScript', { steps, lead: recipient.lead }))
    return undefined
  })
  return (
    <div class="stack">
      <p class="muted">{say(scripts.tryHint)}</p>
      <RecipientField
        desk={desk}
        value={recipient}
        fault={isMissing ? say(jobs.nobody) : undefined}
        onPick={(one) => {
          setRecipient(one)
          setMissing(false)
          setShown(undefined)
        }}
      />
      <div class="row wrap">
        <Button icon="play" isBusy={rehearse.isBusy} onClick={() => void rehearse.run()}>
          {say(scripts.try)}
        </Button>
        {recipient && script !== undefined && (
          <RunNow desk={desk} script={script} title={title} recipient={recipient} />
        )}
        {recipient && script === undefined && (
          <span class="muted small">{say(scripts.saveFirst)}</span>
        )}
      </div>
      <div aria-live="polite">{shown && <RehearsedActions of={shown} />}</div>
    </div>
  )
}

interface RunNowProps {
  readonly desk: LineDesk
  readonly script: string
  readonly title: string
  readonly recipient: Recipient
}

function RunNow({ desk, script, title, recipient }: RunNowProps) {
  const { say } = useDesk()
  const [isOpen, setOpen] = useState(false)
  const run = useAction(async () => {
    await desk.call('scheduleJob', { script, lead: recipient.lead })
    setOpen(false)
    return { done: scripts.runDone }
  })
  const names = { script: title.slice(0, 100), name: nameOf(recipient).slice(0, 100) }
  return (
    <>
      <Button onClick={() => setOpen(true)}>{say(scripts.runNow)}</Button>
      {isOpen && (
        <Confirm
          title={say(scripts.runTitle, names)}
          action={say(scripts.runNow)}
          isBusy={run.isBusy}
          onConfirm={() => void run.run()}
          onClose={() => setOpen(false)}
        >
          <p>{say(scripts.runHint)}</p>
        </Confirm>
      )}
    </>
  )
}

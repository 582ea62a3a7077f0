import { useState } from 'preact/hooks'
import { useDesk } from '../../desk/desk.ts'
import { useAction } from '../../desk/use-action.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { TextField } from '../../parts/field.tsx'
import { common } from '../../texts/common.ts'
import { broadcasts } from '../../texts/communications/broadcasts.ts'
import { toInstant } from './broadcast-draft.ts'
import type { LineDesk } from './line-desk.ts'

interface StartBroadcastProps {
  readonly desk: LineDesk
  readonly code: string
  readonly title: string
  readonly isChanged: boolean
  readonly onStarted: () => void
}

/** Asks before real people are written to. */
export function StartBroadcast({ desk, code, title, isChanged, onStarted }: StartBroadcastProps) {
  const { say } = useDesk()
  const [isOpen, setOpen] = useState(false)
  const [at, setAt] = useState('')
  const name = title.slice(0, 200)
  const start = useAction(async () => {
    await desk.call('startBroadcast', { code, ...(at && { at: toInstant(at) }) })
    setOpen(false)
    onStarted()
    return { done: broadcasts.started, values: { name } }
  })
  return (
    <>
      <Button kind="primary" icon="play" isDisabled={isChanged} onClick={() => setOpen(true)}>
        {say(broadcasts.start)}
      </Button>
      {isOpen && (
        <Dialog
          title={say(broadcasts.startTitle, { name })}
          onClose={() => setOpen(false)}
          actions={
            <>
              <Button onClick={() => setOpen(false)}>{say(common.cancel)}</Button>
              <Button kind="primary" isBusy={start.isBusy} onClick={() => void start.run()}>
                {say(broadcasts.start)}
              </Button>
            </>
          }
        >
          <p>{say(broadcasts.startHint)}</p>
          <TextField
            label={say(broadcasts.when)}
            hint={say(broadcasts.whenHint)}
            type="datetime-local"
            value={at}
            onInput={setAt}
          />
        </Dialog>
      )}
    </>
  )
}

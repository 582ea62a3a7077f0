import { useState } from 'preact/hooks'
import type { LineDetail, TestResult } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { useAction } from '../../desk/use-action.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm, Dialog } from '../../parts/dialog.tsx'
import { CheckField, TextField } from '../../parts/field.tsx'
import { nameOf } from '../../parts/line-name.tsx'
import { Card } from '../../parts/page.tsx'
import { TestVerdict } from '../../parts/verdict.tsx'
import { common } from '../../texts/common.ts'
import { line as texts } from '../../texts/line.ts'

export interface LineProps {
  readonly line: LineDetail
  readonly onChanged: () => void
}

/** What can be done with a line, whichever tab is open. */
export function LineActions({ line, onChanged }: LineProps) {
  const { say, api } = useDesk()
  const [result, setResult] = useState<TestResult>()
  const [asked, setAsked] = useState<'pause' | 'disconnect'>()
  const close = (): void => setAsked(undefined)
  const test = useAction(async () => {
    setResult(await api.testLine(line.id))
    onChanged()
    return undefined
  })
  const check = useAction(async () => {
    await api.act(line.id, 'check')
    onChanged()
    return { done: texts.checked }
  })
  const resume = useAction(async () => {
    await api.act(line.id, 'resume')
    onChanged()
    return { done: texts.resumed }
  })
  return (
    <>
      <div class="row buttons">
        <Button kind="primary" icon="check" isBusy={test.isBusy} onClick={() => void test.run()}>
          {say(texts.test)}
        </Button>
        <Button icon="retry" isBusy={check.isBusy} onClick={() => void check.run()}>
          {say(texts.check)}
        </Button>
        {line.outbound.paused ? (
          <Button icon="play" isBusy={resume.isBusy} onClick={() => void resume.run()}>
            {say(texts.resume)}
          </Button>
        ) : (
          <Button icon="pause" onClick={() => setAsked('pause')}>
            {say(texts.pause)}
          </Button>
        )}
        <Button icon="out" onClick={() => setAsked('disconnect')}>
          {say(texts.disconnect)}
        </Button>
      </div>
      {result && (
        <Card
          actions={
            <Button
              kind="quiet"
              icon="cross"
              isSmall
              label={say(common.close)}
              onClick={() => setResult(undefined)}
            />
          }
          title={say(texts.test)}
        >
          <TestVerdict result={result} />
        </Card>
      )}
      {asked === 'pause' && <PauseDialog line={line} onChanged={onChanged} onClose={close} />}
      {asked === 'disconnect' && (
        <DisconnectDialog line={line} onChanged={onChanged} onClose={close} />
      )}
    </>
  )
}

type AskedProps = LineProps & { readonly onClose: () => void }

function PauseDialog({ line, onChanged, onClose }: AskedProps) {
  const { say, api } = useDesk()
  const [reason, setReason] = useState('')
  const pause = useAction(async () => {
    await api.act(line.id, 'pause', reason.trim() === '' ? {} : { reason: reason.trim() })
    onChanged()
    onClose()
    return { done: texts.paused }
  })
  return (
    <Dialog
      title={say(texts.pauseTitle, { name: nameOf(line).slice(0, 100) })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{say(common.cancel)}</Button>
          <Button kind="primary" isBusy={pause.isBusy} onClick={() => void pause.run()}>
            {say(texts.pause)}
          </Button>
        </>
      }
    >
      <p>{say(texts.pauseText)}</p>
      <TextField label={say(texts.reason)} value={reason} onInput={setReason} />
    </Dialog>
  )
}

function DisconnectDialog({ line, onChanged, onClose }: AskedProps) {
  const { say, api, navigation } = useDesk()
  const [isPurge, setPurge] = useState(false)
  const disconnect = useAction(async () => {
    await api.act(line.id, 'disconnect', isPurge ? { purge: true } : {})
    onClose()
    if (isPurge) navigation.go(hrefOf('/lines'), { asks: false })
    else onChanged()
    return { done: isPurge ? texts.removed : texts.disconnected }
  })
  return (
    <Confirm
      title={say(texts.disconnectTitle, { name: nameOf(line).slice(0, 100) })}
      action={say(isPurge ? common.remove : texts.disconnect)}
      isBusy={disconnect.isBusy}
      onConfirm={() => void disconnect.run()}
      onClose={onClose}
    >
      <p>{say(texts.disconnectText)}</p>
      <CheckField label={say(texts.purge)} isOn={isPurge} onToggle={setPurge} />
    </Confirm>
  )
}

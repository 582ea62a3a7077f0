import { useState } from 'preact/hooks'
import { ApiError } from '../../api/http.ts'
import type { Connector, LineDetail, LineSettings } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { type FormValues, toForm, toSettings } from '../../desk/fields.ts'
import { useAction } from '../../desk/use-action.ts'
import { useLoad } from '../../desk/use-load.ts'
import { focusFault, useSettings } from '../../desk/use-settings.ts'
import { Button } from '../../parts/button.tsx'
import { nameOf } from '../../parts/line-name.tsx'
import { Card } from '../../parts/page.tsx'
import { SettingsForm } from '../../parts/settings-form.tsx'
import { Await, Notice } from '../../parts/states.tsx'
import { common } from '../../texts/common.ts'
import { line as texts } from '../../texts/line.ts'

interface SettingsTabProps {
  readonly line: LineDetail
  readonly onSaved: () => void
}

export function SettingsTab({ line, onSaved }: SettingsTabProps) {
  const { api } = useDesk()
  const connectors = useLoad(api.connectors, [])
  const stored = useLoad((stop) => api.settings(line.id, stop), [line.id])
  const connector = connectors.data?.find(({ id }) => id === line.connector)
  return (
    <Card>
      <Await of={connectors}>
        {() => (
          <Await of={stored}>
            {(settings) =>
              connector && (
                <Form
                  key={settings.version}
                  lineId={line.id}
                  name={nameOf(line)}
                  connector={connector}
                  stored={settings}
                  onSaved={(next) => {
                    stored.put(next)
                    onSaved()
                  }}
                  onReload={stored.reload}
                />
              )
            }
          </Await>
        )}
      </Await>
    </Card>
  )
}

interface FormProps {
  readonly lineId: number
  readonly name: string
  readonly connector: Connector
  readonly stored: LineSettings
  readonly onSaved: (settings: LineSettings) => void
  readonly onReload: () => void
}

function Form({ lineId, name, connector: { fields }, stored, onSaved, onReload }: FormProps) {
  const { say, api, toasts, explain } = useDesk()
  const [isSecond, setSecond] = useState(false)
  const first = toForm(stored.settings)
  const form = useSettings(fields, say(texts.settingsOf, { name }), first)
  const save = useAction(
    async () => {
      const settings = form.read()
      if (!settings) return undefined
      const saved = await api.saveSettings(lineId, settings, stored.version)
      form.settle()
      onSaved(saved)
      return { done: texts.saved }
    },
    { isQuiet: true, onError: (error) => refuse(error) },
  )
  const takeOver = useAction(
    async () => {
      if (!form.read()) return undefined
      const now = await api.settings(lineId)
      const values = { ...toForm(now.settings).values, ...changesIn(form.values, first.values) }
      const saved = await api.saveSettings(lineId, toSettings(fields, values), now.version)
      form.settle()
      onSaved(saved)
      return { done: texts.saved }
    },
    { isQuiet: true, onError: (error) => refuse(error) },
  )
  const refuse = (error: unknown): void => {
    if (error instanceof ApiError && error.code === 'HUB_CONFLICT') {
      setSecond(true)
      return
    }
    if (error instanceof ApiError) form.blame(error.fields)
    toasts.say('bad', explain(error))
  }
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    await save.run()
    focusFault()
  }
  return (
    <form class="stack loose" onSubmit={(event) => void submit(event)} noValidate>
      {isSecond && (
        <Notice tone="bad" title={say(texts.conflictTitle)}>
          <p>{say(texts.conflictText)}</p>
          <div class="row wrap">
            <Button icon="retry" onClick={onReload}>
              {say(texts.loadStored)}
            </Button>
            <Button isBusy={takeOver.isBusy} onClick={() => void takeOver.run()}>
              {say(texts.takeOver)}
            </Button>
          </div>
        </Notice>
      )}
      <SettingsForm
        fields={fields}
        values={form.values}
        stored={form.stored}
        faults={form.faults}
        onChange={form.change}
        onLeave={form.leave}
      />
      <div class="row">
        <Button kind="primary" type="submit" isBusy={save.isBusy}>
          {say(common.save)}
        </Button>
      </div>
    </form>
  )
}

/** The fields that were changed here. */
function changesIn(values: FormValues, first: FormValues): FormValues {
  return Object.fromEntries(
    Object.entries(values).filter(([key, value]) => value !== (first[key] ?? '')),
  )
}

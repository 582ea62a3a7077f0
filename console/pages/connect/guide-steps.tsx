import type { GuideStep } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { isShown } from '../../desk/fields.ts'
import { Button } from '../../parts/button.tsx'
import { CopyField } from '../../parts/copy.tsx'
import { OutLink } from '../../parts/link.tsx'
import { Rich } from '../../parts/rich.tsx'
import { SettingField, SettingsForm } from '../../parts/settings-form.tsx'
import { connect } from '../../texts/connect.ts'
import type { Wizard } from './use-wizard.ts'

interface Props {
  readonly wizard: Wizard
}

/** The connector's own steps, and below them whatever they don't ask for. */
export function GuideSteps({ wizard }: Props) {
  const { connector, form } = wizard
  const { fields, guide } = connector
  const steps = (guide?.steps ?? []).filter((step) => isShown(step, fields, form.values))
  const asked = new Set((guide?.steps ?? []).flatMap((step) => step.fields ?? []))
  const rest = fields.filter(({ key }) => !asked.has(key))
  return (
    <>
      {steps.map((step) => (
        <Step key={step.title.en} step={step} wizard={wizard} />
      ))}
      {rest.some((field) => isShown(field, fields, form.values)) && (
        <Rest wizard={wizard} asked={asked} />
      )}
    </>
  )
}

function Step({ step, wizard }: Props & { readonly step: GuideStep }) {
  const { words } = useDesk()
  const { connector, form } = wizard
  const { fields } = connector
  const own = (step.fields ?? []).flatMap((key) => fields.filter((field) => field.key === key))
  return (
    <li class="guide-step">
      <h2>{words(step.title)}</h2>
      <p>
        <Rich text={words(step.text)} />
      </p>
      {step.link && (
        <p>
          <OutLink href={step.link.url}>{words(step.link.label)}</OutLink>
        </p>
      )}
      {own
        .filter((field) => isShown(field, fields, form.values))
        .map((field) => (
          <SettingField
            key={field.key}
            fields={fields}
            field={field}
            values={form.values}
            stored={form.stored}
            faults={form.faults}
            onChange={form.change}
            onLeave={form.leave}
          />
        ))}
      {step.copies && <Copies copies={step.copies} wizard={wizard} />}
    </li>
  )
}

/** What is to be entered at the channel by hand; the hub has it once the line is saved. */
function Copies({ copies, wizard }: Props & { readonly copies: NonNullable<GuideStep['copies']> }) {
  const { say, language, words } = useDesk()
  const { saved, made, save, connector } = wizard
  if (!saved) {
    return (
      <div class="stack tight">
        <p class="muted">{say(connect.saveFirst)}</p>
        <div class="row">
          <Button isBusy={save.isBusy} onClick={() => void save.run()}>
            {say(connect.saveForAddress)}
          </Button>
        </div>
      </div>
    )
  }
  return (
    <div class="stack tight">
      {copies.map((copy) => {
        if (copy === 'webhookUrl') {
          return <CopyField key="url" label={say(connect.webhookUrl)} value={saved.webhookUrl} />
        }
        if ('text' in copy) {
          const text = fillIn(copy.text, saved.webhookUrl)
          return <CopyField key={copy.text} label={words(copy.label)} value={text} />
        }
        const field = connector.fields.find(({ key }) => key === copy.field)
        const label = (language === 'ru' && field?.ru?.label) || field?.label || copy.field
        return <CopyField key={copy.field} label={label} value={made[copy.field] ?? ''} />
      })}
    </div>
  )
}

/** A text to be pasted, with the line's own addresses in it. */
function fillIn(text: string, webhookUrl: string): string {
  const [origin = '', query] = webhookUrl.split('/webhook?')
  const values = new Map([
    ['origin', origin],
    ['hash', new URLSearchParams(query).get('hash') ?? ''],
    ['webhookUrl', webhookUrl],
  ])
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole)
}

function Rest({ wizard, asked }: Props & { readonly asked: ReadonlySet<string> }) {
  const { say } = useDesk()
  const { connector, form } = wizard
  const { fields } = connector
  const isOptional = !fields.some(
    (field) => !asked.has(field.key) && !field.group && isShown(field, fields, form.values),
  )
  return (
    <li class="guide-step">
      <h2>{say(isOptional ? connect.restOptional : connect.rest)}</h2>
      {!isOptional && <p class="muted">{say(connect.restHint)}</p>}
      <SettingsForm
        fields={fields}
        without={asked}
        values={form.values}
        stored={form.stored}
        faults={form.faults}
        onChange={form.change}
        onLeave={form.leave}
      />
    </li>
  )
}

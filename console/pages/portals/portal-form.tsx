import { useState } from 'preact/hooks'
import type { Dialect, PortalItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { toForm } from '../../desk/fields.ts'
import { type SettingsState, useSettings } from '../../desk/use-settings.ts'
import { useUnsaved } from '../../desk/use-unsaved.ts'
import { SelectField, TextField } from '../../parts/field.tsx'
import { Rich } from '../../parts/rich.tsx'
import { SettingsForm } from '../../parts/settings-form.tsx'
import { portals } from '../../texts/portals.ts'

/** What can be said of a portal, besides its dialect's own fields. */
export interface PortalValues {
  readonly name: string
  readonly url: string
  readonly dialect: string
  readonly text: string
  readonly emoji: string
  readonly language: string
  readonly allow: string
  readonly timeZone: string
}

export interface PortalFormState {
  readonly values: PortalValues
  readonly dialect: Dialect | undefined
  readonly settings: SettingsState
  change(key: keyof PortalValues, value: string): void
  /** Everything is saved as it stands. */
  settle(): void
  /** What the hub takes; undefined while a dialect's field is wrong, which is then marked. */
  read(): object | undefined
}

const NEW: PortalValues = {
  name: '',
  url: '',
  dialect: 'native',
  text: 'bbcode',
  emoji: 'shortname',
  language: 'en',
  allow: 'all',
  timeZone: 'UTC',
}

export function usePortalForm(dialects: readonly Dialect[], portal?: PortalItem): PortalFormState {
  const { say, language } = useDesk()
  const [values, setValues] = useState<PortalValues>(
    portal ? { ...portal, ...portal.format } : { ...NEW, language },
  )
  const dialect = dialects.find(({ id }) => id === values.dialect)
  const stored = portal ? toForm(portal.settings) : undefined
  const name = portal?.name ?? say(portals.add)
  const settings = useSettings(dialect?.fields ?? [], name, stored)
  const [isChanged, setChanged] = useState(false)
  useUnsaved(isChanged, name)
  return {
    values,
    dialect,
    settings,
    change(key, value) {
      setValues((last) => ({ ...last, [key]: value }))
      setChanged(true)
    },
    settle() {
      settings.settle()
      setChanged(false)
    },
    read() {
      const own = settings.read()
      if (!own) return undefined
      const { name: title, url, text, emoji, language: speech, allow, timeZone } = values
      return {
        ...{ name: title.trim(), url: url.trim(), language: speech, settings: own },
        ...(dialect?.format ? {} : { format: { text, emoji } }),
        ...(portal ? {} : { dialect: values.dialect }),
        allow: allow.trim(),
        timeZone: timeZone.trim(),
      }
    },
  }
}

interface PortalFormProps {
  readonly form: PortalFormState
  readonly dialects: readonly Dialect[]
  /** By field, in the hub's words. */
  readonly faults: ReadonlyMap<string, string>
  readonly isNew: boolean
}

export function PortalForm({ form, dialects, faults, isNew }: PortalFormProps) {
  const { say } = useDesk()
  const { values, change, dialect, settings } = form
  const text = useText(form, faults)
  return (
    <div class="stack">
      <TextField
        {...text('name')}
        label={say(portals.name)}
        hint={say(portals.nameHint)}
        isRequired
      />
      {isNew && (
        <SelectField
          label={say(portals.kind)}
          value={values.dialect}
          options={dialects.map(({ id, title }) => ({ value: id, title }))}
          onPick={(id) => change('dialect', id)}
        />
      )}
      <TextField {...text('url')} label={say(portals.url)} hint={say(portals.urlHint)} isRequired />
      {dialect && dialect.fields.length > 0 && (
        <SettingsForm
          fields={dialect.fields}
          values={settings.values}
          stored={settings.stored}
          faults={settings.faults}
          onChange={settings.change}
          onLeave={settings.leave}
        />
      )}
      <FormatFields form={form} />
      <details class="advanced">
        <summary>{say(portals.more)}</summary>
        <div class="stack">
          <TextField
            {...text('timeZone')}
            label={say(portals.timeZone)}
            hint={say(portals.timeZoneHint)}
          />
          <TextField
            {...text('allow')}
            label={say(portals.allow)}
            hint={<Rich text={say(portals.allowHint)} />}
          />
        </div>
      </details>
    </div>
  )
}

function useText(form: PortalFormState, faults: ReadonlyMap<string, string>) {
  const { problem } = useDesk()
  return (key: keyof PortalValues) => {
    const fault = faults.get(key)
    return {
      value: form.values[key],
      onInput: (value: string) => form.change(key, value),
      fault: fault && problem(fault),
    }
  }
}

const TEXTS = ['bbcode', 'markdown', 'html', 'plain'] as const
const TEXT_TITLES = { bbcode: 'BBCode', markdown: 'Markdown', html: 'HTML' } as const

function FormatFields({ form: { values, change, dialect } }: { readonly form: PortalFormState }) {
  const { say } = useDesk()
  const texts = TEXTS.map((value) => ({
    value,
    title: value === 'plain' ? say(portals.formatPlain) : TEXT_TITLES[value],
  }))
  return (
    <div class="form-grid">
      {!dialect?.format && (
        <>
          <SelectField
            label={say(portals.text)}
            value={values.text}
            options={texts}
            onPick={(value) => change('text', value)}
          />
          <SelectField
            label={say(portals.emoji)}
            value={values.emoji}
            options={[
              { value: 'shortname', title: say(portals.emojiShortname) },
              { value: 'unicode', title: say(portals.emojiUnicode) },
            ]}
            onPick={(value) => change('emoji', value)}
          />
        </>
      )}
      <SelectField
        label={say(portals.language)}
        hint={say(portals.languageHint)}
        value={values.language}
        options={[
          { value: 'en', title: 'English' },
          { value: 'ru', title: 'Русский' },
        ]}
        onPick={(value) => change('language', value)}
      />
    </div>
  )
}

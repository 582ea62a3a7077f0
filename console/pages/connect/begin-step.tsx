import { useDesk } from '../../desk/desk.ts'
import { capitalize } from '../../desk/words.ts'
import { SelectField, TextField } from '../../parts/field.tsx'
import { Rich } from '../../parts/rich.tsx'
import { connect } from '../../texts/connect.ts'
import type { Wizard } from './use-wizard.ts'

/** What one must have, and where the line is to be. */
export function BeginStep({ wizard }: { readonly wizard: Wizard }) {
  const { say, words } = useDesk()
  const needs = wizard.connector.guide?.needs ?? []
  return (
    <li class="guide-step">
      <h2>{say(connect.begin)}</h2>
      {needs.length > 0 && (
        <ul class="plain-list">
          {needs.map((need) => (
            <li key={need.en}>
              <Rich text={capitalize(words(need))} />
            </li>
          ))}
        </ul>
      )}
      {!wizard.isFixed && <LinePlace wizard={wizard} />}
    </li>
  )
}

function LinePlace({ wizard }: { readonly wizard: Wizard }) {
  const { say, isOperator, problem } = useDesk()
  const { portals, portal, line, placeFaults } = wizard
  const fault = (key: string): string | undefined => {
    const found = placeFaults.get(key)
    return found && problem(found)
  }
  return (
    <>
      {isOperator && (
        <SelectField
          label={say(connect.portal)}
          value={portal}
          options={[
            ...(portal === '' ? [{ value: '', title: say(connect.choosePortal) }] : []),
            ...portals.map(({ id, name }) => ({ value: id, title: name.slice(0, 80) })),
          ]}
          fault={fault('portal')}
          isRequired
          onPick={wizard.pickPortal}
        />
      )}
      <TextField
        label={say(connect.line)}
        hint={say(connect.lineHint)}
        value={line}
        onInput={wizard.nameLine}
        fault={fault('line')}
        isRequired
      />
    </>
  )
}

import { useState } from 'preact/hooks'
import type { FieldFault } from '../../api/http.ts'
import { useDesk } from '../../desk/desk.ts'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icons.tsx'
import { scripts, stepKinds } from '../../texts/communications/scripts.ts'
import { StepForm } from './step-form.tsx'
import type { StepsAt } from './step-props.ts'
import { freshStep, kindOf, moved, STEP_KINDS, type Step, type StepKind } from './steps.ts'

export interface StepListProps extends StepsAt {
  readonly faults: readonly FieldFault[]
  readonly scriptCodes: readonly string[]
}

/** Steps one below the other, each with its form; lists within steps are lists again. */
export function StepList({ steps, onChange, path, faults, scriptCodes }: StepListProps) {
  const { say } = useDesk()
  const replace = (at: number, step: Step): void =>
    onChange(steps.map((one, index) => (index === at ? step : one)))
  return (
    <div class="step-list">
      {steps.length === 0 && <p class="muted small">{say(scripts.noSteps)}</p>}
      <ol>
        {steps.map((step, at) => (
          <li key={at}>
            <StepCard
              step={step}
              at={at}
              isLast={at === steps.length - 1}
              path={`${path}[${at}]`}
              faults={faults}
              scriptCodes={scriptCodes}
              onChange={(next) => replace(at, next)}
              onMove={(by) => onChange(moved(steps, at, by))}
              onRemove={() => onChange(steps.filter((_, index) => index !== at))}
            />
          </li>
        ))}
      </ol>
      <AddStep onAdd={(kind) => onChange([...steps, freshStep(kind)])} />
    </div>
  )
}

interface StepCardProps extends Pick<StepListProps, 'path' | 'faults' | 'scriptCodes'> {
  readonly step: Step
  readonly at: number
  readonly isLast: boolean
  readonly onChange: (step: Step) => void
  readonly onMove: (by: -1 | 1) => void
  readonly onRemove: () => void
}

function StepCard(props: StepCardProps) {
  const { say, problem } = useDesk()
  const { step, at, isLast, path, faults, scriptCodes, onChange, onMove, onRemove } = props
  const kind = kindOf(step)
  const words = kind && stepKinds[kind]
  const n = at + 1
  const own = faults.filter(({ field }) => isOwn(field, path))
  return (
    <section
      class={own.length > 0 ? 'step-card faulty' : 'step-card'}
      aria-label={say(scripts.stepName, { n, kind: words ? say(words) : '?' })}
    >
      <header class="row apart">
        <strong>
          {n}. {words && say(words)}
        </strong>
        <span class="row tight-row">
          <Button
            kind="quiet"
            icon="up"
            label={say(scripts.up, { n })}
            isDisabled={at === 0}
            onClick={() => onMove(-1)}
          />
          <Button
            kind="quiet"
            icon="down"
            label={say(scripts.down, { n })}
            isDisabled={isLast}
            onClick={() => onMove(1)}
          />
          <Button
            kind="quiet"
            icon="trash"
            label={say(scripts.removeStep, { n })}
            onClick={onRemove}
          />
        </span>
      </header>
      {own.map(({ field, problem: text }) => (
        <div key={field} class="fault" role="alert">
          <Icon name="warning" />
          <span>
            <code>{field.slice(path.length).replace(/^\./, '')}</code> {problem(text)}
          </span>
        </div>
      ))}
      {kind ? (
        <StepForm
          kind={kind}
          step={step}
          path={path}
          faults={faults}
          scriptCodes={scriptCodes}
          onChange={onChange}
          renderSteps={(list) => <StepList {...list} faults={faults} scriptCodes={scriptCodes} />}
        />
      ) : (
        <p class="muted">{say(scripts.unknownStep)}</p>
      )}
    </section>
  )
}

/** A fault of the step at `path`, not of one within it. */
function isOwn(field: string, path: string): boolean {
  if (field !== path && !field.startsWith(`${path}.`)) return false
  return !/\.(?:then|else|onTimeout|onError)\[/.test(field.slice(path.length))
}

function AddStep({ onAdd }: { readonly onAdd: (kind: StepKind) => void }) {
  const { say } = useDesk()
  const [kind, setKind] = useState<StepKind>('send')
  return (
    <div class="row tight-row wrap">
      <select
        class="short"
        aria-label={say(scripts.addStepHere)}
        value={kind}
        onChange={({ currentTarget }) => setKind(currentTarget.value as StepKind)}
      >
        {STEP_KINDS.map((one) => {
          const words = stepKinds[one]
          return (
            <option key={one} value={one}>
              {words ? say(words) : one}
            </option>
          )
        })}
      </select>
      <Button icon="plus" isSmall onClick={() => onAdd(kind)}>
        {say(scripts.addStep)}
      </Button>
    </div>
  )
}

import type { StepFormProps } from './step-props.ts'
import { type Step, stepsOf } from './steps.ts'

interface BranchProps extends Pick<StepFormProps, 'path' | 'renderSteps'> {
  readonly title: string
  readonly steps: unknown
  readonly onSteps: (steps: readonly Step[]) => void
}

/** Steps within a step. */
export function Branch({ title, steps, path, renderSteps, onSteps }: BranchProps) {
  return (
    <fieldset class="branch">
      <legend>{title}</legend>
      {renderSteps({ steps: stepsOf(steps), path, onChange: onSteps })}
    </fieldset>
  )
}

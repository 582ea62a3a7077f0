import type { ComponentChildren } from 'preact'
import type { FieldFault } from '../../api/http.ts'
import type { Step, StepKind } from './steps.ts'

/** A list of steps, as steps within steps are drawn, too. */
export interface StepsAt {
  readonly steps: readonly Step[]
  /** Where the list stands, as the hub names it: `steps`, `steps[2].then`. */
  readonly path: string
  readonly onChange: (steps: readonly Step[]) => void
}

export interface StepFormProps {
  readonly kind: StepKind
  readonly step: Step
  readonly path: string
  readonly faults: readonly FieldFault[]
  /** Codes of the line's scripts, for steps that run one. */
  readonly scriptCodes: readonly string[]
  readonly onChange: (step: Step) => void
  readonly renderSteps: (list: StepsAt) => ComponentChildren
}

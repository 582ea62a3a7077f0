import { useState } from 'preact/hooks'
import type { FieldFault } from '../../api/http.ts'
import { useAction } from '../../desk/use-action.ts'
import { focusFault } from '../../desk/use-settings.ts'
import { useUnsaved } from '../../desk/use-unsaved.ts'
import { focusUnreadable } from '../../parts/json-field.tsx'
import { frame } from '../../texts/communications/frame.ts'
import { useFaults } from './line-desk.ts'

export interface Editor<T> {
  readonly draft: T
  readonly isChanged: boolean
  readonly isBusy: boolean
  readonly faults: readonly FieldFault[]
  change(patch: Partial<T>): void
  faultOf(field: string): string | undefined
  save(): void
}

interface EditorParts<T> {
  readonly first: T
  /** What can be said without asking the hub. */
  readonly check: (draft: T) => readonly FieldFault[]
  readonly save: (draft: T) => Promise<void>
  readonly nameOf: (draft: T) => string
}

/** A form of a script, trigger, broadcast or notification: what is wrong is marked, and nothing is half saved. */
export function useEditor<T extends object>({
  first,
  check,
  save,
  nameOf,
}: EditorParts<T>): Editor<T> {
  const [draft, setDraft] = useState(first)
  const [isChanged, setChanged] = useState(false)
  useUnsaved(isChanged, nameOf(draft))
  const [own, setOwn] = useState<readonly FieldFault[]>([])
  const action = useAction(async () => {
    try {
      await save(draft)
    } catch (error) {
      focusFault()
      throw error
    }
    setChanged(false)
    return { done: frame.savedNamed, values: { name: nameOf(draft).slice(0, 200) } }
  })
  const faults = [...own, ...action.faults]
  return {
    draft,
    isChanged,
    isBusy: action.isBusy,
    faults,
    faultOf: useFaults(faults),
    change(patch) {
      setDraft((last) => ({ ...last, ...patch }))
      setChanged(true)
    },
    save() {
      if (focusUnreadable()) return
      const found = check(draft)
      setOwn(found)
      action.clear()
      if (found.length > 0) focusFault()
      else void action.run()
    },
  }
}

const CODE = /^[a-z0-9_.-]{1,64}$/

/** A code must be one, and a new thing must not take another one's place. */
export function checkCode(
  code: string,
  { isNew, taken }: { readonly isNew: boolean; readonly taken: readonly string[] },
): readonly FieldFault[] {
  if (code === '') return [{ field: 'code', problem: 'is required' }]
  if (!CODE.test(code)) {
    return [{ field: 'code', problem: 'must be 1 to 64 characters a-z 0-9 _ . -' }]
  }
  return isNew && taken.includes(code) ? [{ field: 'code', problem: 'is already taken' }] : []
}

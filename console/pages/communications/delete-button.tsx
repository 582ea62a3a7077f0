import { useState } from 'preact/hooks'
import { useDesk } from '../../desk/desk.ts'
import { useAction } from '../../desk/use-action.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { common } from '../../texts/common.ts'
import { frame } from '../../texts/communications/frame.ts'

interface DeleteButtonProps {
  readonly name: string
  /** What is lost, and what isn't. */
  readonly hint: string
  readonly onDelete: () => Promise<unknown>
  readonly onDone: () => void
  readonly isBare?: boolean
}

export function DeleteButton({ name, hint, onDelete, onDone, isBare = false }: DeleteButtonProps) {
  const { say } = useDesk()
  const [isOpen, setOpen] = useState(false)
  const shown = name.slice(0, 200)
  const remove = useAction(async () => {
    await onDelete()
    setOpen(false)
    onDone()
    return { done: frame.deleted, values: { name: shown } }
  })
  const label = say(common.delete)
  return (
    <>
      <Button
        icon="trash"
        onClick={() => setOpen(true)}
        {...(isBare ? { kind: 'quiet' as const, label: `${label}: ${shown}` } : {})}
      >
        {isBare ? undefined : label}
      </Button>
      {isOpen && (
        <Confirm
          title={say(frame.deleteTitle, { name: shown })}
          action={label}
          isBusy={remove.isBusy}
          onConfirm={() => void remove.run()}
          onClose={() => setOpen(false)}
        >
          <p>{hint}</p>
        </Confirm>
      )}
    </>
  )
}

import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { useDesk } from '../desk/desk.ts'
import { common } from '../texts/common.ts'
import { Button } from './button.tsx'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
  readonly actions?: ComponentChildren
}

/** The browser's own modal dialog: it keeps the focus, closes on Escape and gives the focus back. */
export function Dialog({ title, onClose, children, actions }: DialogProps) {
  const { say } = useDesk()
  const box = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const before = document.activeElement
    box.current?.showModal()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog ref={box} class="dialog" aria-labelledby={id} onClose={onClose}>
      <header class="row apart">
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" icon="cross" label={say(common.close)} onClick={onClose} />
      </header>
      <div class="stack dialog-body">{children}</div>
      {actions && <footer class="row end">{actions}</footer>}
    </dialog>
  )
}

interface ConfirmProps {
  readonly title: string
  /** The button's words: what is done, not "OK". */
  readonly action: string
  readonly isBusy: boolean
  readonly isDisabled?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** Asks before something is lost, naming it. */
export function Confirm({ title, action, onConfirm, onClose, children, ...state }: ConfirmProps) {
  const { say } = useDesk()
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{say(common.cancel)}</Button>
          <Button kind="danger" {...state} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  )
}

import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

interface ButtonProps {
  readonly children?: ComponentChildren
  readonly onClick?: () => void
  readonly kind?: 'primary' | 'danger' | 'quiet'
  readonly icon?: IconName
  readonly isBusy?: boolean
  readonly isDisabled?: boolean
  readonly type?: 'button' | 'submit'
  /** For a button that shows an icon alone. */
  readonly label?: string
  readonly isSmall?: boolean
}

/** While it works it keeps its size and takes no second press. */
export function Button(props: ButtonProps) {
  const { children, onClick, kind, icon, isBusy = false, isDisabled = false, label } = props
  const classes = ['button', kind, props.isSmall && 'small', isBusy && 'busy', label && 'bare']
  return (
    <button
      type={props.type ?? 'button'}
      class={classes.filter(Boolean).join(' ')}
      onClick={isBusy ? undefined : onClick}
      disabled={isDisabled}
      aria-busy={isBusy}
      aria-label={label}
      title={label}
    >
      {icon && <Icon name={icon} />}
      {children && <span>{children}</span>}
    </button>
  )
}

import type { ComponentChildren } from 'preact'
import { useDesk } from '../desk/desk.ts'
import { common } from '../texts/common.ts'
import { Icon, type IconName } from './icons.tsx'

interface LinkProps {
  readonly href: string
  readonly children: ComponentChildren
  readonly class?: string
  readonly title?: string
  readonly isCurrent?: boolean
}

/** To another place of the console: no page is loaded, but it is a link for all who open it in a tab. */
export function Link({ href, children, isCurrent, ...rest }: LinkProps) {
  const { navigation } = useDesk()
  const follow = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    navigation.go(href)
  }
  return (
    <a {...rest} href={href} onClick={follow} aria-current={isCurrent ? 'page' : undefined}>
      {children}
    </a>
  )
}

export function ButtonLink({
  icon,
  children,
  isPrimary,
  ...props
}: LinkProps & { readonly icon?: IconName; readonly isPrimary?: boolean }) {
  return (
    <Link {...props} class={isPrimary ? 'button primary' : 'button'}>
      {icon && <Icon name={icon} />}
      {children}
    </Link>
  )
}

/** Somewhere else; that page learns nothing of this one. */
export function OutLink({
  href,
  children,
}: {
  readonly href: string
  readonly children: ComponentChildren
}) {
  const { say } = useDesk()
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" class="out-link">
      {children}
      <Icon name="external" />
      <span class="for-readers"> ({say(common.opensElsewhere)})</span>
    </a>
  )
}

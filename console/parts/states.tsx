import type { ComponentChildren } from 'preact'
import { useDesk } from '../desk/desk.ts'
import type { Loaded } from '../desk/use-load.ts'
import { common } from '../texts/common.ts'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icons.tsx'

interface EmptyProps {
  readonly icon: IconName
  readonly title: string
  readonly hint?: string
  readonly children?: ComponentChildren
}

/** A list with nothing in it: what it would hold, and what to do first. */
export function Empty({ icon, title, hint, children }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <p class="empty-title">{title}</p>
      {hint && <p class="muted">{hint}</p>}
      {children && <div class="row center">{children}</div>}
    </div>
  )
}

/** Stands where rows will be, as high as they are. */
export function Skeleton({ rows = 4 }: { readonly rows?: number }) {
  const { say } = useDesk()
  return (
    <div class="skeleton" role="status">
      <span class="for-readers">{say(common.loading)}</span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} class="bone" aria-hidden="true" />
      ))}
    </div>
  )
}

/** What couldn't be loaded, and the way to try again. */
export function Failure({
  error,
  onRetry,
}: {
  readonly error: unknown
  readonly onRetry: () => void
}) {
  const { say, explain } = useDesk()
  return (
    <Notice tone="bad" title={say(common.failedToLoad)}>
      <p>{explain(error)}</p>
      <Button icon="retry" onClick={onRetry}>
        {say(common.reload)}
      </Button>
    </Notice>
  )
}

interface NoticeProps {
  readonly tone: 'good' | 'warn' | 'bad' | 'info'
  readonly title?: ComponentChildren
  readonly children?: ComponentChildren
}

const NOTICE_ICONS = { good: 'check', warn: 'warning', bad: 'warning', info: 'info' } as const

export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      <Icon name={NOTICE_ICONS[tone]} />
      <div class="stack tight grow">
        {title && <p class="notice-title">{title}</p>}
        {children}
      </div>
    </div>
  )
}

/** What was loaded, or what stands there until it is. */
export function Await<T>({
  of: { data, error, reload },
  rows,
  children,
}: {
  readonly of: Loaded<T>
  readonly rows?: number
  readonly children: (data: T) => ComponentChildren
}) {
  if (data !== undefined) return <>{children(data)}</>
  if (error !== undefined) return <Failure error={error} onRetry={reload} />
  return <Skeleton {...(rows !== undefined && { rows })} />
}

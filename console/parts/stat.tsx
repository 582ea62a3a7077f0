import type { ComponentChildren } from 'preact'
import { Link } from './link.tsx'

interface StatProps {
  readonly label: string
  readonly value: ComponentChildren
  readonly note?: ComponentChildren
  readonly tone?: 'good' | 'warn' | 'bad'
  /** Where it is mended, or seen in full. */
  readonly href?: string
}

export function Stat({ label, value, note, tone, href }: StatProps) {
  const content = (
    <>
      <span class="stat-label">{label}</span>
      <span class={`stat-value ${tone ?? ''}`}>{value}</span>
      <span class="stat-note">{note ?? '\u00a0'}</span>
    </>
  )
  if (!href) return <div class="stat">{content}</div>
  return (
    <Link href={href} class="stat linked">
      {content}
    </Link>
  )
}

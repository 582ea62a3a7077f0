import type { ComponentChildren } from 'preact'
import { ButtonLink } from '../../parts/link.tsx'
import { Card } from '../../parts/page.tsx'

interface ListFrameProps {
  readonly add: string
  readonly label: string
  readonly children: ComponentChildren
}

/** A list with the way to make another one of it. */
export function ListFrame({ add, label, children }: ListFrameProps) {
  return (
    <div class="stack">
      <div class="row end">
        <ButtonLink href={add} icon="plus" isPrimary>
          {label}
        </ButtonLink>
      </div>
      <Card isFlush>{children}</Card>
    </div>
  )
}

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useDesk } from '../desk/desk.ts'
import { hrefOf } from '../desk/place.ts'
import { common } from '../texts/common.ts'
import { Link } from './link.tsx'
import { Name } from './name.tsx'

interface PageProps {
  readonly title: string
  /** The page above it. */
  readonly above?: { readonly path: string; readonly title: string }
  readonly hint?: string
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
  readonly isNarrow?: boolean
}

/** A page's frame. Its heading takes the focus when the page is opened, so that a screen reader says where one is. */
export function Page({ title, above, hint, actions, children, isNarrow }: PageProps) {
  const { say, navigation } = useDesk()
  const heading = useRef<HTMLHeadingElement>(null)
  const { path } = navigation.place.value
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
  }, [path])
  useEffect(() => {
    document.title = `${title.slice(0, 80)} · ${say(common.product)}`
  })
  return (
    <div class={isNarrow ? 'page narrow' : 'page'}>
      <header class="page-head">
        <div class="grow shrink">
          {above && (
            <nav aria-label={say(common.breadcrumbs)} class="above">
              <Link href={hrefOf(above.path)}>{above.title}</Link>
            </nav>
          )}
          <h1 ref={heading} tabIndex={-1}>
            <Name text={title} />
          </h1>
          {hint && <p class="muted">{hint}</p>}
        </div>
        {actions && <div class="row">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

interface CardProps {
  readonly title?: ComponentChildren
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
  readonly isFlush?: boolean
}

export function Card({ title, actions, children, isFlush }: CardProps) {
  return (
    <section class={isFlush ? 'card flush' : 'card'}>
      {(title || actions) && (
        <header class="card-head">
          <h2>{title}</h2>
          {actions && <div class="row">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  )
}

import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useDesk } from '../desk/desk.ts'
import { hrefOf } from '../desk/place.ts'
import icon from '../icon.svg'
import { Button } from '../parts/button.tsx'
import { Icon, type IconName } from '../parts/icons.tsx'
import { Link } from '../parts/link.tsx'
import { Name } from '../parts/name.tsx'
import { common } from '../texts/common.ts'
import { LanguageSwitch, ThemeSwitch } from './switches.tsx'

interface Entry {
  readonly path: string
  readonly icon: IconName
  readonly title: { readonly en: string; readonly ru: string }
  readonly isFor?: 'operator'
}

const ENTRIES: readonly Entry[] = [
  { path: '/', icon: 'overview', title: common.overview },
  { path: '/lines', icon: 'lines', title: common.lines },
  { path: '/connect', icon: 'plug', title: common.connect },
  { path: '/portals', icon: 'portal', title: common.portals, isFor: 'operator' },
  { path: '/messages', icon: 'search', title: common.findMessage },
  { path: '/communications', icon: 'megaphone', title: common.communications },
]

/** What stands around every page: the menu, who one is, and what the hub can't do at the moment. */
export function Shell({ children }: { readonly children: ComponentChildren }) {
  const { say, navigation } = useDesk()
  const [isOpen, setOpen] = useState(false)
  const { path } = navigation.place.value
  useEffect(() => setOpen(false), [path])
  return (
    <div class="shell">
      <a href="#main" class="skip">
        {say(common.skip)}
      </a>
      <aside class={isOpen ? 'side open' : 'side'}>
        <div class="row apart side-head">
          <Link href={hrefOf('/')} class="brand">
            <img src={icon} alt="" width="26" height="26" />
            {say(common.product)}
          </Link>
          <button
            type="button"
            class="button quiet bare menu-button"
            aria-expanded={isOpen}
            aria-controls="menu"
            aria-label={say(common.menu)}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name={isOpen ? 'cross' : 'menu'} />
          </button>
        </div>
        <div class="side-body" id="menu">
          <Menu path={path} />
          <Account />
        </div>
      </aside>
      <div class="content">
        <OutageBanner />
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
    </div>
  )
}

function Menu({ path }: { readonly path: string }) {
  const { say, scope, isOperator } = useDesk()
  const own = scope.kind === 'portal' ? `/portals/${scope.portal.id}` : undefined
  const entries = ENTRIES.flatMap((entry) => {
    if (entry.isFor !== 'operator' || isOperator) return [entry]
    return own ? [{ ...entry, path: own, title: common.portal }] : []
  })
  const isAt = (entry: Entry): boolean =>
    entry.path === '/' ? path === '/' : path === entry.path || path.startsWith(`${entry.path}/`)
  return (
    <nav aria-label={say(common.mainMenu)} class="menu">
      {entries.map((entry) => (
        <Link key={entry.path} href={hrefOf(entry.path)} isCurrent={isAt(entry)} class="menu-entry">
          <Icon name={entry.icon} />
          {say(entry.title)}
        </Link>
      ))}
    </nav>
  )
}

function Account() {
  const desk = useDesk()
  const { say, scope, session, api } = desk
  const signOut = async (): Promise<void> => {
    await api.signOut().catch(() => undefined)
    desk.leave()
  }
  return (
    <div class="account">
      <div class="row tight-row">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <div class="row apart">
        <span class="shrink">
          <span class="account-name">
            {scope.kind === 'operator' ? say(common.operator) : <Name text={scope.portal.name} />}
          </span>
          <span class="muted small">
            {say(common.version, { version: session.value?.hub.version ?? '' })}
          </span>
        </span>
        <Button
          kind="quiet"
          icon="out"
          label={say(common.signOut)}
          onClick={() => desk.unsaved.ask(() => void signOut())}
        />
      </div>
    </div>
  )
}

/** Comes when the hub or its store is away, and goes when it is back. */
export function OutageBanner() {
  const { say, http } = useDesk()
  const outage = http.outage.value
  return (
    <div role="status" class="outage-place">
      {outage && (
        <p class="outage">
          <Icon name="warning" />
          {say(outage === 'store' ? common.storeAway : common.hubAway)}
        </p>
      )}
    </div>
  )
}

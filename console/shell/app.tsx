import { useDesk } from '../desk/desk.ts'
import { hrefOf } from '../desk/place.ts'
import { findPage, type PageRoute } from '../desk/routes.ts'
import { CommunicationsPage } from '../pages/communications/communications.tsx'
import { ConnectPage } from '../pages/connect/connect-page.tsx'
import { WizardPage } from '../pages/connect/wizard-page.tsx'
import { LinePage } from '../pages/line/line-page.tsx'
import { LinesPage } from '../pages/lines/lines-page.tsx'
import { LoginPage } from '../pages/login.tsx'
import { MessagesPage } from '../pages/messages/messages-page.tsx'
import { OverviewPage } from '../pages/overview/overview-page.tsx'
import { AddPortalPage } from '../pages/portals/add-portal-page.tsx'
import { PortalPage } from '../pages/portals/portal-page.tsx'
import { PortalsPage } from '../pages/portals/portals-page.tsx'
import { ButtonLink } from '../parts/link.tsx'
import { Page } from '../parts/page.tsx'
import { Empty, Skeleton } from '../parts/states.tsx'
import { ToastList } from '../parts/toast-list.tsx'
import { common } from '../texts/common.ts'
import { LeaveDialog } from './leave-dialog.tsx'
import { OutageBanner, Shell } from './shell.tsx'
import { SignInAgain } from './sign-in-again.tsx'

/** Every page, by its path behind `/console`. */
const ROUTES: readonly PageRoute[] = [
  { path: '/', draw: () => <OverviewPage /> },
  { path: '/lines', draw: () => <LinesPage /> },
  { path: '/lines/:id', draw: ({ id }) => <LinePage id={Number(id)} /> },
  { path: '/connect', draw: () => <ConnectPage /> },
  { path: '/connect/:connector', draw: ({ connector = '' }) => <WizardPage id={connector} /> },
  { path: '/portals', draw: () => <PortalsPage /> },
  { path: '/portals/new', draw: () => <AddPortalPage /> },
  { path: '/portals/:id', draw: ({ id = '' }) => <PortalPage id={id} /> },
  { path: '/messages', draw: () => <MessagesPage /> },
  { path: '/communications/*', draw: () => <CommunicationsPage /> },
]

export function App() {
  const { session } = useDesk()
  return (
    <>
      <Door />
      {session.value === null && <OutageBanner />}
      <ToastList />
    </>
  )
}

/** Whoever is signed in sees the pages, everybody else the way in. */
function Door() {
  const { session, isEnded } = useDesk()
  if (session.value === undefined) return <Waiting />
  if (session.value === null) return <LoginPage />
  return (
    <Shell>
      <Current />
      {isEnded.value && <SignInAgain />}
      <LeaveDialog />
    </Shell>
  )
}

function Waiting() {
  return (
    <main id="main" class="page narrow">
      <OutageBanner />
      <Skeleton rows={6} />
    </main>
  )
}

/** The page is made anew when its path changes, and so is all that it holds. */
function Current() {
  const { navigation } = useDesk()
  const { path } = navigation.place.value
  const found = findPage(ROUTES, path)
  if (!found) return <NotFound />
  const isOpen = found.route.path.endsWith('*')
  return <div key={isOpen ? found.route.path : path}>{found.route.draw(found.params)}</div>
}

export function NotFound() {
  const { say } = useDesk()
  return (
    <Page title={say(common.notFound)}>
      <Empty icon="search" title={say(common.notFoundHint)}>
        <ButtonLink href={hrefOf('/')}>{say(common.toOverview)}</ButtonLink>
      </Empty>
    </Page>
  )
}

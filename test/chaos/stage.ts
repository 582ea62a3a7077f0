import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHub } from '../../src/client/hub.ts'
import { randomId } from '../../src/core/ids.ts'
import { makePortalSecret } from '../../src/lines/portal-secrets.ts'
import { startFakeTelegram } from '../fakes/telegram.ts'
import { startTestHub, TEST_KEY } from '../helpers/hub.ts'
import { BitrixStage } from './bitrix-portal.ts'
import { makeCertificates } from './certificates.ts'
import { type ChaosStore, queryRows } from './chaos-store.ts'
import { Disturbances } from './disturbances.ts'
import { HubSlot } from './hubs.ts'
import { Ledger } from './ledger.ts'
import type { Target } from './load.ts'
import { ChaosPortal } from './portal.ts'
import type { Random } from './random.ts'
import { lineName, readLine } from './updates.ts'

const HUBS = 3
const PORTALS = 10
const LINES = 20
/** The last portals speak HTTPS. */
const TLS_PORTALS = 2
/**
 * Short steps, so that lines are tried often; as many as the hub takes, 144 s in all. A portal never misbehaves for more
 * than seconds at a time, and each success starts the ladder anew: nothing may expire.
 */
const LADDER = ['1', '1', '2', '2', ...Array<string>(46).fill('3')].join(',')
const PORTAL_TIMEOUT_MS = '2000'

/** Everything that takes part, set up and well. */
export interface Stage extends AsyncDisposable {
  readonly store: ChaosStore
  readonly hubs: readonly HubSlot[]
  readonly portals: readonly ChaosPortal[]
  /** By index of the line. */
  readonly targets: readonly Target[]
  readonly ledger: Ledger
  /** A portal of another make, with a line that is none of the ledger's. */
  readonly bitrix: BitrixStage
  /** Whatever befell hubs and store. */
  readonly troubles: Disturbances
  portalOf(line: number): ChaosPortal
  /** The index of the line with this id in the store; -1 if it is none of the ledger's. */
  lineOf(lineId: number): number
  /** Rows of the store; asks again while it can't be reached. */
  rows<Row>(sql: string, values?: readonly (string | number)[]): Promise<Row[]>
}

interface Account {
  readonly id: string
  readonly secret: string
}

type Call = 'saveSettings' | 'testConnect' | 'confirmDelivery'

export async function setUp(store: ChaosStore, random: Random, folder: string): Promise<Stage> {
  await using building = new AsyncDisposableStack()
  const certificates = await makeCertificates(folder)
  const ledger = new Ledger(LINES)
  const env = {
    HUB_SECRET_KEY: TEST_KEY,
    HUB_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
    HUB_PORTAL_TIMEOUT_MS: PORTAL_TIMEOUT_MS,
    HUB_LOCKOUT_LADDER: LADDER,
    NODE_EXTRA_CA_CERTS: certificates.caFile,
  }
  const hubs = Array.from({ length: HUBS }, (_, index) =>
    building.use(new HubSlot(`hub-${index + 1}`, { ...env, HUB_DATABASE_URL: store.url(index) })),
  )
  const trapUrl = await setTrap(building, ledger)
  const accounts = Array.from({ length: PORTALS }, () => ({
    id: randomId('prt_'),
    secret: makePortalSecret(),
  }))
  const clientOf = (account: Account) => {
    const url = random.pick(hubs.filter(({ isRunning }) => isRunning)).url ?? ''
    const [portal, secret] = [account.id, account.secret]
    return createHub<Call>({ url, portal, secret, timeoutMs: 5000 })
  }
  const portals = accounts.map((account, index) =>
    building.use(
      new ChaosPortal({
        index,
        secret: account.secret,
        ledger,
        random,
        trapUrl,
        ...(index >= PORTALS - TLS_PORTALS ? { certificates } : {}),
        confirm: async (line, events) => {
          const place = { connector: 'telegram', line: lineName(line) }
          await persist(() => clientOf(account).confirmDelivery({ ...place, events }))
        },
      }),
    ),
  )
  for (const portal of portals) await portal.start()
  const bitrix = building.use(await BitrixStage.start(random))
  await addPortals(store.url(0), accounts, portals, bitrix)
  await Promise.all(hubs.map((hub) => hub.start()))
  const targets = await connectLines((line) => clientOf(at(accounts, line % PORTALS)))
  await bitrix.connect(at(hubs, 0).url ?? '')
  const ids = new Map(
    (
      await queryRows<{ id: number; external_id: string }>(
        store.url(0),
        'SELECT id, external_id FROM line',
      )
    ).map(({ id, external_id: name }) => [id, readLine(name)]),
  )
  const resources = building.move()
  return {
    store,
    hubs,
    portals,
    targets,
    ledger,
    bitrix,
    troubles: new Disturbances(),
    portalOf: (line) => at(portals, line % PORTALS),
    lineOf: (lineId) => ids.get(lineId) ?? -1,
    rows: (sql, values) => persist(() => queryRows(store.url(0), sql, values)),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** The address that redirects point at; a hub that comes here has followed one. */
async function setTrap(building: AsyncDisposableStack, ledger: Ledger): Promise<string> {
  const trap = createServer((_, response) => {
    ledger.violation('a hub followed a redirect')
    response.end()
  })
  trap.listen(0, '127.0.0.1')
  await once(trap, 'listening')
  building.defer(() => void trap.close())
  return `http://127.0.0.1:${(trap.address() as AddressInfo).port}/trap`
}

async function addPortals(
  databaseUrl: string,
  accounts: readonly Account[],
  portals: readonly ChaosPortal[],
  bitrix: BitrixStage,
): Promise<void> {
  const hub = await startTestHub({ databaseUrl })
  const { services } = hub.app
  for (const [index, { id, secret }] of accounts.entries()) {
    const { url } = at(portals, index)
    const format = { text: 'bbcode', emoji: 'shortname' } as const
    const made = { id, name: `Chaos ${index}`, url, secret, format }
    const portal = { ...made, dialect: 'native', settings: [] }
    await services.portalRepository.add(portal, Date.now())
  }
  await bitrix.addTo(hub)
  await hub.stop()
}

async function connectLines(
  clientOf: (line: number) => ReturnType<typeof createHub<Call>>,
): Promise<Target[]> {
  await using telegram = await startFakeTelegram()
  const targets: Target[] = []
  for (let line = 0; line < LINES; line++) {
    const botId = 600_000_000 + line
    const token = `${botId}:${randomBytes(26).toString('base64url')}`
    telegram.addBot({ token, id: botId, username: `chaos_${line}_bot` })
    const place = { connector: 'telegram', line: lineName(line) }
    const client = clientOf(line)
    await client.saveSettings({ ...place, settings: { token, apiRoot: telegram.url } })
    const report = await client.testConnect<{ ok: boolean }>(place)
    const { webhook } = telegram.bot(botId)
    if (!(report.ok && webhook)) {
      throw new Error(`line ${line} could not be connected: ${JSON.stringify(report)}`)
    }
    const { pathname, search } = new URL(webhook.url)
    targets.push({ path: pathname + search, secret: webhook.secretToken ?? '' })
  }
  return targets
}

const PERSIST_MS = 60_000

/** Until it works, for a minute. */
async function persist<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PERSIST_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(200)
    }
  }
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new RangeError(`nothing at ${index}`)
  return item
}

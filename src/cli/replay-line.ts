import { connectors } from '#connectors'
import { systemClock } from '../core/clock.ts'
import { TransportError } from '../core/errors.ts'
import type { Portal } from '../core/portal.ts'
import type { SettingValues } from '../core/settings.ts'
import type { LineRecord } from '../db/lines/lines.ts'
import type { ReplayDeps } from '../ingress/replay.ts'
import type { ActiveLine } from '../lines/directory.ts'
import { renderEvent } from '../portal/render-event.ts'
import { Registry } from '../registry/registry.ts'
import { SECRET_MARK } from '../trace/redactor.ts'
import { CommandError } from './context.ts'

/** Of links to files, which are made for nobody here. */
const LIFE_MS = 24 * 3600 * 1000
const PUBLIC_URL = 'http://hub'

/** Connectors that reach nothing: what is replayed is read, and nobody is asked about it. */
function createOfflineRegistry(log: ReplayDeps['log']): Registry {
  const refuse = (): never => {
    throw new TransportError('OFFLINE', 'not-sent')
  }
  return new Registry(connectors, () => ({
    http: { request: async () => refuse() },
    files: { check: refuse, nameOf: refuse, open: async () => refuse() },
    mailbox: { put: async () => refuse(), follow: refuse },
    browserCode: { answer: async () => refuse() },
    uploads: { keep: async () => refuse(), open: async () => refuse() },
    clock: systemClock,
    log,
  }))
}

/** The line, with a connector that reaches nothing. */
export function offline(active: ActiveLine, log: ReplayDeps['log']): ActiveLine {
  const entry = createOfflineRegistry(log).findFor(active.record.connector, undefined)
  return { ...active, connector: entry?.connector ?? active.connector }
}

/** A line of no portal's, for updates from a file. Throws CommandError for an unknown connector. */
export function makeLine(id: string, settings: SettingValues, log: ReplayDeps['log']): ActiveLine {
  const entry = createOfflineRegistry(log).findFor(id, undefined)
  if (!entry) throw new CommandError(`there is no connector ${id}`)
  const { fields } = entry.descriptor
  const unknown = Object.keys(settings).find((key) => !fields.some((field) => field.key === key))
  if (unknown !== undefined) throw new CommandError(`${id} has no setting ${unknown}`)
  const defaults = fields.flatMap(({ key, default: value }) => (value ? [[key, value]] : []))
  const values: SettingValues = { ...Object.fromEntries(defaults), ...settings }
  return {
    record: { ...NO_LINE, connector: id, settings: values },
    line: {
      id: 0,
      connector: id,
      settings: entry.descriptor.parseSettings(values),
      webhookSecret: '',
      webhookUrl: `${PUBLIC_URL}/webhook`,
    },
    connector: entry.connector,
    realConnector: entry.realId,
    voucher: '',
    portal: NO_PORTAL,
    credentials: [],
    secrets: [],
  }
}

const NO_LINE: LineRecord = {
  id: 0,
  portalId: '',
  connector: '',
  externalId: '',
  hash: '',
  status: 'connected',
  isWebhookInstalled: false,
  epoch: 0,
  updatedAt: 0,
  webhookSecret: '',
  settings: {},
}

const NO_PORTAL: Portal = {
  id: '',
  name: '',
  url: '',
  format: { text: 'bbcode', emoji: 'shortname' },
  language: 'en',
  dialect: 'native',
  settings: {},
  secrets: [],
}

/** Links to files are shown as a trace shows them: nobody is given one that works. */
export function createRender(publicUrl: string = PUBLIC_URL): ReplayDeps['render'] {
  return (event, { portal }) =>
    renderEvent(event, portal.format, () => ({
      url: `${publicUrl}/files/${SECRET_MARK}`,
      expiresAt: systemClock.now() + LIFE_MS,
    }))
}

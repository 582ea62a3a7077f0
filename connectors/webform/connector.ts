import type { Connector, ConnectorContext } from '#core/connector.ts'
import { rejection } from '#kit/rejection.ts'
import { hashOf } from '#kit/site.ts'
import { parseUpdate } from './inbound.ts'
import type { WebFormSettings } from './settings.ts'
import { readForm } from './update.ts'

/** Posts of one address: people don't fill in more, and robots do. */
const QUOTA = { perSecond: 1 / 6, burst: 10 }

export function createWebForm({ clock: _ }: ConnectorContext): Connector<WebFormSettings> {
  return {
    // Anybody may fill in a form: there is nothing that could prove who has.
    verify: () => ({ ok: true }),
    contentTypes: ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'],
    readUpdate: readForm,
    parse: parseUpdate,
    allowsOrigin: (origin, { settings: { origins } }) =>
      origins.length === 0 || origins.includes(origin),
    quotas: ({ address = '' }) => [{ key: address, ...QUOTA }],
    receivesOnly: true,
    send: async () => {
      throw rejection('a form has nobody to send to', 'HUB_UNSUPPORTED')
    },
    testConnect: async (line) => ({ ok: true, identity: hashOf(line) }),
    methods: [],
  }
}

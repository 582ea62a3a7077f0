import type { ConnectorContext } from '../../src/core/connector.ts'

/** For connectors that keep nothing in the hub's store. */
export const NOTHING_KEPT: Pick<ConnectorContext, 'mailbox' | 'uploads' | 'browserCode'> = {
  mailbox: {
    put: () => Promise.reject(new Error('no mailbox here')),
    follow: () => () => undefined,
  },
  browserCode: { answer: () => Promise.reject(new Error('no code here')) },
  uploads: {
    keep: () => Promise.reject(new Error('no uploads here')),
    open: () => Promise.reject(new Error('no uploads here')),
  },
}

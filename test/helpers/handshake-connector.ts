import { telegram } from '../../connectors/telegram/index.ts'
import type { ConnectorDescriptor } from '../../src/core/connector.ts'

/** Telegram under another id, with the kind of handshake that Meta's channels use: it echoes `hub.challenge`. */
export const shaking: ConnectorDescriptor = {
  ...(telegram as ConnectorDescriptor),
  id: 'shaking',
  title: 'Telegram with a handshake',
  create: (context) => ({
    ...(telegram as ConnectorDescriptor).create(context),
    handshake({ method, query }) {
      const challenge = query.get('hub.challenge')
      if (method !== 'GET' || challenge === null) return undefined
      return { status: 200, body: challenge }
    },
  }),
}

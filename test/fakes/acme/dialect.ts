import type { DialectDescriptor } from '../../../src/core/dialect.ts'
import { AcmeDoor } from './door.ts'
import { AcmeSpeaker } from './speaker.ts'

/**
 * A make of portal that exists in the tests alone, unlike the hub's own protocol in everything: it is named by an account,
 * takes one form post per item, signs with a key of its own in a header of its own, and answers in lines of text. Whatever it
 * needs must be there without a line changed outside of this folder.
 */
export const acme: DialectDescriptor = {
  id: 'acme',
  title: 'Acme Desk',
  fields: [
    {
      key: 'account',
      label: 'Account',
      type: 'text',
      required: true,
      secret: false,
      pattern: '[a-z0-9-]{3,40}',
      help: 'the name of the account, as in its address',
      isIdentifier: true,
    },
    { key: 'apiKey', label: 'API key', type: 'text', required: true, secret: true },
  ],
  checkSettings: ({ account, apiKey }) =>
    account !== undefined && account === apiKey
      ? [{ field: 'apiKey', problem: 'must not be the name of the account' }]
      : [],
  notCarried: { 'chat.typing': 'Acme shows nobody typing' },
  createSpeaker: (context) => new AcmeSpeaker(context),
  createDoor: (context) => new AcmeDoor(context),
}

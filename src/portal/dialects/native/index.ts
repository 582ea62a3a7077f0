import type { DialectDescriptor } from '../../../core/dialect.ts'
import { nativeApi } from './api.ts'
import { NativeDoor } from './door.ts'
import { NativeSpeaker } from './speaker.ts'

/** The hub's own protocol (PROTOCOL): signed packets out, signed JSON-RPC in. Its one credential is the portal's secret. */
export const native: DialectDescriptor = {
  id: 'native',
  title: 'Openlines Hub',
  fields: [
    {
      key: 'ack',
      label: 'What counts as an acceptance',
      type: 'select',
      required: false,
      secret: false,
      options: ['any', 'strict'],
      help: 'strict: only a JSON answer with "accepted" (or "ack"); any, the default: every 2xx',
      optionLabels: {
        any: { en: 'every 2xx answer (the default)', ru: 'любой ответ 2xx (по умолчанию)' },
        strict: {
          en: 'only a JSON answer with “accepted” or “ack”',
          ru: 'только ответ JSON с «accepted» или «ack»',
        },
      },
      ru: {
        label: 'Что считать приёмом',
        help: 'какой ответ портала значит, что он принял события; если не выбрано, любой 2xx',
      },
    },
  ],
  usesSecret: true,
  notCarried: {},
  createSpeaker: (context) => new NativeSpeaker(context),
  createDoor: (context) => new NativeDoor(context),
  describe: nativeApi,
}

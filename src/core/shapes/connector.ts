import { z } from 'zod'
import { isTrue, said } from './basic.ts'

const wordsShape = z.strictObject({ en: said, ru: said })
const showIfShape = z
  .strictObject({ field: said, equals: z.array(z.string()) })
  .describe('only asked for while that field has one of these values; its default counts')
const linkShape = z.strictObject({ url: said, label: wordsShape })

/** One field of a connector's settings: enough to draw a form. */
export const fieldShape = z.strictObject({
  key: said,
  label: said,
  type: z.enum(['text', 'url', 'select', 'list']).describe('list: comma-separated text'),
  required: z.boolean(),
  secret: z.boolean().describe('shown as a mask; left out it keeps its value'),
  default: z.string().exactOptional(),
  vendorUrls: z.array(said).exactOptional(),
  help: z.string().exactOptional(),
  pattern: said.exactOptional().describe('a regular expression for the whole value'),
  options: z.array(z.string()).exactOptional(),
  optionLabels: z.record(said, wordsShape).exactOptional().describe('what people read, by option'),
  group: z.literal('advanced').exactOptional().describe('most people leave it alone'),
  showIf: showIfShape.exactOptional(),
  link: linkShape.exactOptional().describe('where the value is found'),
  ru: z.strictObject({ label: said, help: z.string().exactOptional() }).exactOptional(),
  isCosmetic: isTrue.exactOptional().describe('changing it needs no new testConnect'),
  isGenerated: isTrue.exactOptional().describe('made by the hub when it is left out'),
  isIdentifier: isTrue.exactOptional(),
})

export const capabilitiesShape = z.strictObject({
  textLimit: z.int().describe('the longest text of one message; longer text is split'),
  textUnit: z.enum(['utf16', 'utf8', 'codepoint']),
  files: z.enum(['native', 'link']),
  buttons: z.enum(['native', 'list']).describe('list: sent as a numbered list'),
  replies: z.boolean(),
  location: z.enum(['native', 'text']),
  contact: z.enum(['native', 'text']),
  edit: z.boolean(),
  delete: z.boolean(),
  typing: z.boolean(),
  markRead: z.boolean(),
  reactions: z.boolean(),
  statuses: z
    .array(z.enum(['delivered', 'read', 'noAccount']))
    .describe('those beyond sent and failed'),
  answerWindowMs: z
    .int()
    .exactOptional()
    .describe("how long after a person's last message the company may answer freely"),
  webhookInstall: z.boolean().describe('false: an administrator enters the address at the channel'),
  polling: z.boolean(),
  sends: z
    .literal(false)
    .exactOptional()
    .describe('false: it only receives; sendMessage is HUB_UNSUPPORTED'),
  templates: isTrue
    .exactOptional()
    .describe('it sends templates: scripts (sendTemplate) and notifications can use them'),
})

export const guideShape = z.strictObject({
  needs: z.array(wordsShape).describe('what one must have before one begins'),
  steps: z.array(
    z.strictObject({
      title: wordsShape,
      text: wordsShape,
      fields: z.array(said).exactOptional().describe('the settings that this step gives'),
      link: linkShape.exactOptional(),
      copies: z
        .array(
          z.union([
            z.literal('webhookUrl'),
            z.strictObject({ field: said }),
            z.strictObject({
              text: said.describe('with {origin}, {hash} and {webhookUrl} of the line in it'),
              label: wordsShape,
            }),
          ]),
        )
        .exactOptional()
        .describe("what of the line's own is to be entered at the channel"),
      showIf: showIfShape.exactOptional(),
    }),
  ),
  firstMessage: wordsShape.describe('how to write to the line that was just connected'),
})

export const connectorShape = z.strictObject({
  id: said,
  title: said,
  parent: said.exactOptional(),
  fields: z.array(fieldShape),
  guide: guideShape.exactOptional().describe('how it is connected, step by step'),
  capabilities: capabilitiesShape,
  methods: z.array(said).describe("names of the connector's own remote methods"),
})

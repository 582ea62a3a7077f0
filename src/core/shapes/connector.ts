import { z } from 'zod'
import { isTrue, said } from './basic.ts'

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
  templates: isTrue
    .exactOptional()
    .describe('it sends templates: scripts (sendTemplate) and notifications can use them'),
})

export const connectorShape = z.strictObject({
  id: said,
  title: said,
  parent: said.exactOptional(),
  fields: z.array(fieldShape),
  capabilities: capabilitiesShape,
  methods: z.array(said).describe("names of the connector's own remote methods"),
})

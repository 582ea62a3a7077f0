import { z } from 'zod'
import { ParamsError } from '../../core/errors.ts'
import { given } from '../../core/given.ts'
import { HALF_PAIR, idText, isWellFormed } from '../../core/id-text.ts'
import { isRecord } from '../../core/json.ts'
import { objectParam } from '../../core/object-param.ts'
import {
  MAX_ATTRIBUTE_BYTES,
  MAX_PERSON_LENGTH,
  MAX_TAG_LENGTH,
  MAX_TAGS,
} from '../../core/recipient.ts'
import { count, doneShape } from '../../core/shapes/basic.ts'
import { nameProblem, UNSHOWN_PROBLEM } from '../../core/shapes/name-text.ts'
import { leadShape, recipientShape } from '../../core/shapes/recipient.ts'
import { chatParam, lineMethod, lineParams, portalMethod } from './method.ts'
import type { RecipientName } from './recipient-keeper.ts'

const DEFAULT_PAGE = 50
const MAX_PAGE = 500
const MAX_QUERY = 255
const MAX_LEADS = 1000
const MAX_NAME = 128

const tag = z
  .string()
  .trim()
  .min(1)
  .refine(
    (text) => [...text].length <= MAX_TAG_LENGTH,
    `must have at most ${MAX_TAG_LENGTH} characters`,
  )
  .refine(isWellFormed, HALF_PAIR)
const tags = z.array(tag).max(MAX_TAGS)
const newTags = z
  .array(tag.refine((text) => nameProblem(text) === undefined, UNSHOWN_PROBLEM))
  .max(MAX_TAGS)
const moment = z.iso
  .datetime({ offset: true, error: 'must be an instant of ISO 8601, such as 2026-01-31T09:00:00Z' })
  .transform((text) => Date.parse(text))
const nameParams = { lead: leadShape.optional(), chat: chatParam.optional() }

interface NameParams {
  readonly lead?: number | undefined
  readonly chat?: { readonly id: string } | undefined
}

/** Beside the faults of the other fields. */
function namesOne(value: unknown): boolean {
  return !isRecord(value) || (value['lead'] === undefined) !== (value['chat'] === undefined)
}

const NAME_RULE = { path: ['lead'], error: 'say either lead or chat', when: () => true }

function nameOf({ lead, chat }: NameParams): RecipientName {
  if (lead !== undefined) return { lead }
  if (chat !== undefined) return { chatId: chat.id }
  throw new ParamsError([{ field: 'lead', problem: NAME_RULE.error }])
}

const listRecipients = lineMethod(
  'listRecipients',
  {
    summary: 'the people who have written to a line, those that a filter lets through',
    params: z.strictObject({
      ...lineParams,
      tags: tags.optional().describe('all of them'),
      q: z
        .string()
        .trim()
        .min(1)
        .max(MAX_QUERY)
        .optional()
        .describe('a part of name, username, phone or e-mail'),
      seenAfter: moment.optional(),
      seenBefore: moment.optional(),
      blocked: z.boolean().optional(),
      limit: z.int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
      cursor: z.string().max(64).optional(),
    }),
    result: z.strictObject({ items: z.array(recipientShape), cursor: z.string().exactOptional() }),
  },
  async ({ limit, cursor, ...wanted }, { id: lineId }, { recipients, portal }) => {
    const { tags: all, q, seenAfter, seenBefore, blocked } = wanted
    const filter = {
      ...given({ tags: all, q, seenAfter, seenBefore }),
      ...(blocked === undefined ? {} : { isBlocked: blocked }),
    }
    return await recipients.list({ portal, lineId }, filter, {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
  },
)

const getRecipient = lineMethod(
  'getRecipient',
  {
    summary: 'one of them, by lead or chat',
    params: z.strictObject({ ...lineParams, ...nameParams }).refine(namesOne, NAME_RULE),
    result: recipientShape,
  },
  async (params, { id: lineId }, { recipients, portal }) =>
    recipients.get({ portal, lineId }, nameOf(params)),
)

const attributes = objectParam(MAX_NAME).describe(
  `merged with those that are there, null removes one; ${MAX_ATTRIBUTE_BYTES} bytes of JSON in all`,
)

const updateRecipient = lineMethod(
  'updateRecipient',
  {
    summary: 'changes the attributes and tags of a recipient',
    params: z
      .strictObject({
        ...lineParams,
        ...nameParams,
        attributes: attributes.optional(),
        addTags: newTags.optional(),
        removeTags: tags.optional(),
      })
      .refine(namesOne, NAME_RULE),
    result: recipientShape,
  },
  async (params, { id: lineId }, { recipients, portal }) => {
    const { attributes: changed, addTags, removeTags } = params
    const change = given({ attributes: changed, addTags, removeTags })
    return await recipients.update({ portal, lineId }, nameOf(params), change)
  },
)

const linkRecipients = portalMethod(
  'linkRecipients',
  {
    summary: 'says that recipients of several lines are one human',
    params: z.strictObject({
      person: idText(MAX_PERSON_LENGTH).describe('your own id of the human'),
      leads: z.array(leadShape).min(1).max(MAX_LEADS),
    }),
    result: z.strictObject({ linked: count }),
  },
  async ({ person, leads }, { recipients, portal }) => ({
    linked: await recipients.link(portal.id, person, leads),
  }),
)

const dialogParams = z.strictObject({ ...lineParams, chat: chatParam })

const openDialog = lineMethod(
  'openDialog',
  { summary: 'somebody begins to talk in a chat', params: dialogParams, result: doneShape },
  async ({ chat }, { id: lineId }, { recipients }) => {
    await recipients.openDialog(lineId, chat.id)
    return { ok: true }
  },
)

const closeDialog = lineMethod(
  'closeDialog',
  { summary: 'the talk in a chat is over', params: dialogParams, result: doneShape },
  async ({ chat }, { id: lineId }, { recipients }) => {
    await recipients.closeDialog(lineId, chat.id)
    return { ok: true }
  },
)

export const RECIPIENT_METHODS = [
  listRecipients,
  getRecipient,
  updateRecipient,
  linkRecipients,
  openDialog,
  closeDialog,
] as const

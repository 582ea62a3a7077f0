import { z } from 'zod'
import { instant, said } from './basic.ts'
import { pictureShape } from './event.ts'

export const leadShape = z.int().min(1).describe('unique in the hub')

/** A person's chat with a line, as portals read it. */
export const recipientShape = z.strictObject({
  lead: leadShape,
  chat: z.strictObject({ id: said }),
  name: said.exactOptional(),
  lastName: said.exactOptional(),
  username: said.exactOptional(),
  phone: said.exactOptional(),
  email: said.exactOptional(),
  sex: z.enum(['male', 'female']).exactOptional(),
  language: said.exactOptional(),
  url: said.exactOptional(),
  picture: pictureShape.exactOptional(),
  tags: z.array(said),
  attributes: z.record(z.string(), z.unknown()),
  firstSeenAt: instant,
  lastSeenAt: instant.exactOptional().describe("of the person's last message"),
  blockedAt: instant.exactOptional().describe('the person has blocked the account'),
  person: said.exactOptional().describe("the portal's own id of the human: linkRecipients"),
  dialog: z
    .strictObject({ open: z.boolean(), at: instant.describe('of the last message of either side') })
    .exactOptional()
    .describe('is somebody talking?'),
})

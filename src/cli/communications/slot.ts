import type { Command } from 'commander'
import type { z } from 'zod'
import { isRecord } from '../../core/json.ts'
import type { notificationShape, savedNotificationShape } from '../../core/shapes/notification.ts'
import { CommandError } from '../context.ts'
import { type JsonOption, withPortal } from './called-line.ts'
import {
  addPageOptions,
  addYes,
  type DeleteOptions,
  formatWhen,
  numberOf,
  PAGE_NAMES,
  type Page,
  type PageOptions,
  portalCommand,
  printLines,
  printPage,
  requireYes,
} from './commands.ts'
import { nameOfFile, readJsonFile } from './written.ts'

type Slot = z.infer<typeof notificationShape>
type Saved = z.infer<typeof savedNotificationShape>

const idOf = numberOf('<id>')

/** `hub slot list|save|delete|regenerate`. */
export function addSlotCommands(program: Command): void {
  const slot = program
    .command('slot')
    .description('addresses at which other systems ask for one message: docs/notifications.md')
  addPageOptions(portalCommand(slot, 'list', { does: "list a portal's slots" })).action(
    (portal: string, options: PageOptions) => list(portal, options),
  )
  portalCommand(slot, 'save', {
    args: '<file>',
    does: 'save a slot from a JSON file or - for stdin, with its id to change one; prints the webhook',
    example: 'order-shipped.json',
  }).action((portal: string, file: string, options: JsonOption) => save(portal, file, options))
  addYes(
    portalCommand(slot, 'delete', {
      args: '<id>',
      does: 'delete a slot; what it was asked for goes on',
      example: '3 --yes',
    }),
  ).action((portal: string, id: string, options: DeleteOptions) => remove(portal, id, options))
  portalCommand(slot, 'regenerate', {
    args: '<id>',
    does: 'give a slot another webhook; the old one stops at once',
    example: '3',
  }).action((portal: string, id: string, options: JsonOption) => regenerate(portal, id, options))
}

async function list(portalId: string, { json, ...paging }: PageOptions): Promise<void> {
  await withPortal(portalId, async (portal) => {
    const page = await portal.call<Page<Slot>>('listNotifications', paging, PAGE_NAMES)
    const now = portal.services.clock.now()
    printPage(page, json, {
      headings: ['ID', 'NAME', 'LINE', 'TEMPLATE', 'CHANGED', 'WEBHOOK'],
      none: 'There are no slots yet: hub slot save makes them.',
      row: ({ id, name, destination: { connector, line }, templateName, updatedAt, webhook }) => [
        ...[String(id), name, `${connector}/${line}`, templateName],
        ...[formatWhen(updatedAt, now), webhook],
      ],
    })
  })
}

async function save(portalId: string, file: string, { json }: JsonOption): Promise<void> {
  const written = await readJsonFile(file)
  const name = nameOfFile(file)
  if (!isRecord(written)) throw new CommandError(`${name} must hold an object`)
  await withPortal(portalId, async (portal) => {
    const saved = await within(name, () => portal.call<Saved>('saveNotification', written))
    printLines(json, saved, [`Slot ${saved.id} is saved.`, `webhook  ${saved.webhook}`])
  })
}

/** What is wrong with a file is no wrong use of the command. */
async function within<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new CommandError(`${file}: ${error.message}`, { cause: error })
  }
}

async function remove(portalId: string, id: string, { json, yes }: DeleteOptions): Promise<void> {
  const params = { id: idOf(id) }
  requireYes(`slot ${params.id} and its webhook for good`, yes)
  await withPortal(portalId, async (portal) => {
    const done = await portal.call('deleteNotification', params)
    printLines(json, done, [`Slot ${params.id} is deleted.`])
  })
}

async function regenerate(portalId: string, id: string, { json }: JsonOption): Promise<void> {
  const params = { id: idOf(id) }
  await withPortal(portalId, async (portal) => {
    const moved = await portal.call<Saved>('regenerateNotificationWebhook', params)
    printLines(json, moved, [`webhook  ${moved.webhook}`])
  })
}

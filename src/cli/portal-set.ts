import type { Command } from 'commander'
import { given } from '../core/given.ts'
import { print, UsageError, withServices } from './context.ts'
import { unknownPortal } from './portal-entry.ts'

interface SetOptions {
  readonly notificationRate?: string
  readonly timeZone?: string
  readonly dialogIdle?: string
  readonly json?: boolean
}

/** `hub portal set`: what a portal's communications go by. */
export function addPortalSetCommand(portal: Command): void {
  portal
    .command('set <id>')
    .description("set what the portal's communications go by; a running hub notices within 5 s")
    .option('--notification-rate <number>', 'notifications in a second (default 20)')
    .option('--time-zone <name>', 'such as Europe/Berlin (default UTC)')
    .option('--dialog-idle <minutes>', 'without a message, then nobody is talking (default 30)')
    .option('--json', 'print JSON')
    .action((id: string, options: SetOptions) => set(id, options))
}

async function set(
  id: string,
  { notificationRate, timeZone, dialogIdle, json }: SetOptions,
): Promise<void> {
  if ([notificationRate, timeZone, dialogIdle].every((value) => value === undefined)) {
    throw new UsageError('say what to set: --notification-rate, --time-zone or --dialog-idle')
  }
  const change = {
    ...given({
      notificationRate: toNumber(notificationRate),
      dialogIdleMin: toNumber(dialogIdle),
    }),
    ...(timeZone === undefined ? {} : { timeZone }),
  }
  await withServices(async ({ portalOperations }) => {
    if (!(await portalOperations.edit(id, change))) throw unknownPortal(id)
    print(json === true, { id, ...change }, `Portal ${id} is changed.`)
  })
}

/** What is no number is refused with the other faults. */
function toNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
}

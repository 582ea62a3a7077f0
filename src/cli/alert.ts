import type { Command } from 'commander'
import { type Alert, describe } from '../alerts/alert.ts'
import { AlertPost } from '../alerts/post.ts'
import { systemClock } from '../core/clock.ts'
import { timedId } from '../core/ids.ts'
import { CommandError, print, readConfig } from './context.ts'

const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** `hub alert …`. */
export function addAlertCommands(program: Command): void {
  const alert = program.command('alert').description('what operators are told of trouble')
  alert
    .command('test')
    .description('send one alert to HUB_ALERT_URL and say whether it was taken')
    .option('--json', 'print JSON')
    .action(({ json = false }: { json?: boolean }) => sendTest(json))
}

async function sendTest(isJson: boolean): Promise<void> {
  const { alerts, publicUrl, host, port } = readConfig()
  if (!alerts) throw new CommandError('there are no alerts: HUB_ALERT_URL is not set')
  const clocks = { clock: systemClock, wall: systemClock }
  const post = new AlertPost({ ...alerts, ...clocks, log: SILENT })
  const now = systemClock.now()
  const test: Alert = {
    id: timedId('alr_', now),
    type: 'test',
    at: new Date(now).toISOString(),
    hub: publicUrl ?? `http://${host}:${port}`,
    message: describe('test', 1, ''),
  }
  const posted = await post.tryOnce(test)
  await post.close()
  if (!posted.ok) throw new CommandError(`the alert was not taken: ${posted.reason}`)
  print(isJson, { ok: true, id: test.id }, `taken: ${test.id}`)
}

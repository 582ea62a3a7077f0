import type { Command } from 'commander'
import { given } from '../core/given.ts'
import { MASK } from '../core/settings.ts'
import type { TestResult } from '../lines/connection.ts'
import type { Services } from '../services.ts'
import { CommandError, print, withServices } from './context.ts'
import { addSettingOptions, readGivenSettings, type SettingOptions } from './given-settings.ts'

interface ConnectOptions extends SettingOptions {
  readonly json?: boolean
}

interface Address {
  readonly portalId: string
  readonly connector: string
  readonly externalId: string
}

/** `hub line connect`: for portals that have no page for it. */
export function addLineConnectCommand(line: Command): void {
  const command = line
    .command('connect <portal> <connector> <line>')
    .description('save settings of a line, making it if need be, and connect it')
    .option('--json', 'print JSON')
  addSettingOptions(command, 'a field of the connector, such as token=…').action(
    (portalId: string, connector: string, externalId: string, options: ConnectOptions) =>
      connect({ portalId, connector, externalId }, options),
  )
}

async function connect(address: Address, options: ConnectOptions): Promise<void> {
  const settings = await readGivenSettings(options)
  const { result, status } = await withServices(
    async (services) => {
      const { lineOperations, portalRepository, clock } = services
      if (!(await portalRepository.find(address.portalId, clock.now()))) {
        throw new CommandError(`there is no portal ${address.portalId}`)
      }
      if (settings) await save(services, address, settings)
      const record = await lineOperations.find(address)
      const tested = await lineOperations.test(record)
      return { result: tested, status: await lineOperations.statusOf(address) }
    },
    { seals: true },
  )
  if (options.json) print(true, { ...result, status }, '')
  if (!result.ok) throw new CommandError(`the line is not connected: ${faultsOf(result)}`)
  if (options.json) return
  const { name, identity } = status
  const who = [name, identity && `(${identity})`].filter(Boolean).join(' ')
  const webhook = result.webhookInstalled
    ? 'Its webhook is set.'
    : `Where its channel asks for an address, give it this one: ${status.webhookUrl}`
  print(false, result, `Line ${address.externalId} is connected to ${who}. ${webhook}`)
}

/** Fields that aren't named keep what is stored. */
async function save(
  { lineOperations, lineRepository }: Services,
  address: Address,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const existing = await lineRepository.find(address)
  const stored = Object.entries(existing ? lineOperations.settings(existing) : {})
  const kept = stored.filter(([, value]) => value !== null && value !== MASK)
  await lineOperations.save(address, { ...Object.fromEntries(kept), ...settings })
}

function faultsOf({ channel, portal }: TestResult): string {
  const channelFault = channel.ok ? undefined : channel.error
  const field = channelFault && 'field' in channelFault ? channelFault.field : undefined
  return Object.values(
    given({
      channel:
        channelFault && `the channel says: ${field ? `${field}: ` : ''}${channelFault.message}`,
      portal: !portal.ok && `the portal: ${portal.error.message}`,
    }),
  ).join('; ')
}

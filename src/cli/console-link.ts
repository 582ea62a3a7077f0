import type { Command } from 'commander'
import { given } from '../core/given.ts'
import { withPortal } from './communications/called-line.ts'
import { print } from './context.ts'

interface LinkOptions {
  readonly connector?: string
  readonly line?: string
  readonly language?: string
  readonly ttl?: string
  readonly embedIn?: readonly string[]
  readonly json?: boolean
}

const NAMES = {
  connector: '--connector',
  line: '--line',
  language: '--language',
  ttlSec: '--ttl',
  embedIn: '--embed-in',
}

/** `hub console-link`: what a portal gets by createConsoleLink. */
export function addConsoleLinkCommand(program: Command): void {
  program
    .command('console-link <portal>')
    .description("make a link that opens the console once, for a portal's administrators")
    .option('--connector <id>', 'where the console begins')
    .option('--line <line>', 'with --connector: the console is about this line alone')
    .option('--language <language>', 'en or ru; else as the browser says')
    .option('--ttl <seconds>', 'how long the link may be used: 60 to 3600 (default 600)')
    .option('--embed-in <origins...>', 'sites that may show the console in a frame')
    .option('--json', 'print JSON')
    .action((portal: string, options: LinkOptions) => makeLink(portal, options))
}

async function makeLink(
  portalId: string,
  { connector, line, language, ttl, embedIn, json }: LinkOptions,
): Promise<void> {
  const ttlSec = ttl === undefined ? undefined : /^\d{1,6}$/.test(ttl) ? Number(ttl) : Number.NaN
  const params = given({ connector, line, language, ttlSec, embedIn })
  await withPortal(portalId, async (portal) => {
    const link = await portal.call<{ readonly url: string; readonly expiresAt: string }>(
      'createConsoleLink',
      params,
      NAMES,
    )
    print(json === true, link, `${link.url}\nIt works once, until ${link.expiresAt}.`)
  })
}

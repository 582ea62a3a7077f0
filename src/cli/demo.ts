import { type Command, Option } from 'commander'
import { UsageError } from './context.ts'

const PORTALS = ['native', 'bitrix'] as const

interface DemoChoice {
  readonly portal: (typeof PORTALS)[number]
  readonly web?: true
  readonly port?: number
}

/** `hub demo`. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('show the main job on real HTTP: nothing to configure, nothing kept')
    .addOption(
      new Option('--portal <make>', 'the kind of portal: our own protocol, or Bitrix24 as it is')
        .choices(PORTALS)
        .default('native'),
    )
    .option('--web', 'a page with a web chat and a portal, to be tried in a browser')
    .option('--port <port>', 'with --web: where the page is; any free port if absent', readPort)
    .action(async ({ portal, web, port }: DemoChoice) => {
      if (port !== undefined && !web) throw new UsageError('--port is for --web')
      const { runDemo, runWebDemo } = await import('./demo/run.ts')
      if (web) return await runWebDemo({ port })
      await runDemo({ portal })
    })
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new UsageError('--port must be a whole number from 0 to 65535')
}

import { type Command, Option } from 'commander'

const PORTALS = ['native', 'bitrix'] as const

interface DemoChoice {
  readonly portal: (typeof PORTALS)[number]
  readonly web?: true
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
    .action(async ({ portal, web }: DemoChoice) => {
      const { runDemo, runWebDemo } = await import('./demo/run.ts')
      if (web) return await runWebDemo()
      await runDemo({ portal })
    })
}

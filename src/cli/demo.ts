import { type Command, Option } from 'commander'

const PORTALS = ['native', 'bitrix'] as const

interface DemoChoice {
  readonly portal: (typeof PORTALS)[number]
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
    .action(async ({ portal }: DemoChoice) => {
      const { runDemo } = await import('./demo/run.ts')
      await runDemo({ portal })
    })
}

import type { Command } from 'commander'

/** `hub demo`. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('show the main job on real HTTP: nothing to configure, nothing kept')
    .action(async () => {
      const { runDemo } = await import('./demo/run.ts')
      await runDemo()
    })
}

import { Command, CommanderError } from 'commander'
import { addAlertCommands } from './cli/alert.ts'
import { addBackupCommands } from './cli/backup.ts'
import { EXIT, explain } from './cli/context.ts'
import { addDeadLetterCommands } from './cli/dead-letters.ts'
import { addDemoCommand } from './cli/demo.ts'
import { addDoctorCommand } from './cli/doctor.ts'
import { addIdentityCommands } from './cli/identity.ts'
import { addKeyCommands } from './cli/keys.ts'
import { addLineCommands } from './cli/line.ts'
import { addMaintenanceCommands } from './cli/maintenance.ts'
import { addMessageCommand } from './cli/message.ts'
import { addMoveCommands } from './cli/move.ts'
import { addPortalCommands } from './cli/portal.ts'
import { addQueueCommand } from './cli/queue.ts'
import { addStartCommand } from './cli/start.ts'

/** The `hub` command: arguments in, exit code out. */
const program = new Command('hub')
  .description('Openlines Hub: between messengers and CRM portals')
  .addHelpText(
    'after',
    '\nThe configuration comes from HUB_… variables of the environment; see README.md.',
  )
  .exitOverride()

addStartCommand(program)
addDemoCommand(program)
addMaintenanceCommands(program)
addPortalCommands(program)
addLineCommands(program)
addDeadLetterCommands(program)
addQueueCommand(program)
addMessageCommand(program)
addIdentityCommands(program)
addKeyCommands(program)
addDoctorCommand(program)
addAlertCommands(program)
addBackupCommands(program)
addMoveCommands(program)

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  const { line, exitCode } = explain(error)
  process.stderr.write(`hub: ${line}\n`)
  return exitCode
}

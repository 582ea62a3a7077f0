import { Command, CommanderError } from 'commander'
import { addAlertCommands } from './alert.ts'
import { addBackupCommands } from './backup.ts'
import { addBroadcastCommands } from './communications/broadcast.ts'
import { addJobCommands } from './communications/job.ts'
import { addRecipientCommands } from './communications/recipient.ts'
import { addScriptCommands } from './communications/script.ts'
import { addSlotCommands } from './communications/slot.ts'
import { addTokenCommands } from './communications/token.ts'
import { addTriggerCommands } from './communications/trigger.ts'
import { addConsoleLinkCommand } from './console-link.ts'
import { EXIT, explain } from './context.ts'
import { addDeadLetterCommands } from './dead-letters.ts'
import { addDemoCommand } from './demo.ts'
import { addDoctorCommand } from './doctor.ts'
import { addIdentityCommands } from './identity.ts'
import { addKeyCommands } from './keys.ts'
import { addLineCommands } from './line.ts'
import { addMaintenanceCommands } from './maintenance.ts'
import { addMessageCommand } from './message.ts'
import { addMoveCommands } from './move.ts'
import { addPortalCommands } from './portal.ts'
import { addQueueCommand } from './queue.ts'
import { addReplayCommand } from './replay.ts'
import { addStartCommand } from './start.ts'
import { addTraceCommands } from './trace.ts'

/** Carries out the command of the process's arguments and sets its exit code. `stopped`: a signal that ends a hub that is started. */
export async function run(stopped?: Promise<NodeJS.Signals>): Promise<void> {
  const program = new Command('hub')
    .description('Openlines Hub: between messengers and CRM portals')
    .addHelpText(
      'after',
      '\nThe configuration comes from HUB_… variables of the environment; see README.md.',
    )
    // So that a command with commands below it leaves them their options.
    .enablePositionalOptions()
    .exitOverride()

  addStartCommand(program, stopped)
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
  addTraceCommands(program)
  addReplayCommand(program)
  addRecipientCommands(program)
  addScriptCommands(program)
  addTriggerCommands(program)
  addJobCommands(program)
  addBroadcastCommands(program)
  addSlotCommands(program)
  addTokenCommands(program)
  addConsoleLinkCommand(program)

  try {
    await program.parseAsync()
  } catch (error) {
    process.exitCode = report(error)
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  const { line, exitCode } = explain(error)
  process.stderr.write(`hub: ${line}\n`)
  return exitCode
}

import { isRightCommand, toBigCommand } from '../harness/bitrix-commands.ts'
import { readArgument, serve } from '../harness/serve.ts'

/** Reads one command, as the first thing that this process does: nothing is compiled yet. */
const { shape, bytes } = readArgument<{ shape: 'usual' | 'dense'; bytes: number }>()
const command = toBigCommand(shape, bytes)
const startedAt = performance.now()
const isRight = isRightCommand(command)
serve({ ms: performance.now() - startedAt, isRight }, {})

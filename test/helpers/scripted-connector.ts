import { telegram } from '../../connectors/telegram/index.ts'
import type { ConnectorDescriptor } from '../../src/core/connector.ts'
import type { ChannelFinding } from '../../src/core/health.ts'

type Finding = ChannelFinding | Error

/** What the channel says when it is checked, and what the hub has asked of it. */
export interface CheckScript {
  /** What the next checks find; the last one holds on. An error is thrown; `hang`: no answer, whatever the signal says. */
  answers: (readonly Finding[] | 'hang' | 'nonsense')[]
  /** Line numbers, in the order of the checks. */
  readonly checked: number[]
  /** Addresses that were installed. */
  readonly installed: string[]
}

export function createCheckScript(...answers: CheckScript['answers']): CheckScript {
  return { answers: answers.length > 0 ? answers : [[]], checked: [], installed: [] }
}

/** Telegram under another id, whose checks find what the script says. */
export function scriptedConnector(
  script: CheckScript,
  { id = 'scripted', webhookInstall = true } = {},
): ConnectorDescriptor {
  const descriptor = telegram as ConnectorDescriptor
  return {
    ...descriptor,
    id,
    title: 'Telegram with scripted checks',
    capabilities: { ...descriptor.capabilities, webhookInstall },
    create(context) {
      const connector = descriptor.create(context)
      return {
        ...connector,
        async install(line, call) {
          script.installed.push(line.webhookUrl)
          await connector.install?.(line, call)
        },
        async check(line) {
          script.checked.push(line.id)
          const [answer = []] = script.answers
          if (script.answers.length > 1) script.answers.shift()
          if (answer === 'hang') return await new Promise<never>(() => undefined)
          if (answer === 'nonsense') return { unexpected: true } as unknown as ChannelFinding[]
          const [first] = answer
          if (first instanceof Error) throw first
          return answer as readonly ChannelFinding[]
        },
      }
    },
  }
}

import type { Config } from '#config'
import type { ConnectorContext } from './core/connector.ts'
import type { TargetGuard } from './core/http.ts'
import { PerTargets } from './core/per-targets.ts'
import { FileSource } from './files/source.ts'
import type { TargetRules } from './lines/portal-operations.ts'
import { createChannelClient } from './outgoing/channel-client.ts'
import { measured } from './outgoing/measured.ts'
import { checkCidr, overlap } from './outgoing/narrow.ts'
import { Registry } from './registry/registry.ts'
import type { ServiceParts } from './service-parts.ts'
import type { AnswerTap } from './trace/answer-tap.ts'
import { followed } from './trace/follow.ts'
import type { Traces } from './trace/traces.ts'

/** The ways out of the hub: who reaches what, and the connectors that go there. */

/** What connectors keep in the store. */
type KeptForConnectors = Pick<ConnectorContext, 'mailbox' | 'uploads' | 'browserCode'>

export function targetRules({ allowPrivateTargets }: Config): TargetRules {
  return {
    problemOf: checkCidr,
    isReached: (cidr) => allowPrivateTargets.some((one) => overlap(one, cidr)),
  }
}

/** The connectors, each with its ways out; what they say on these is counted, and shown to traces. */
export function createRegistry(
  { connectors, wall, log, meters }: ServiceParts,
  {
    waysOut,
    traces,
    answers,
    ...kept
  }: KeptForConnectors & {
    readonly waysOut: WaysOut
    readonly traces: Traces
    readonly answers: AnswerTap
  },
): Registry {
  const followedOnes = followed(connectors, { taps: traces, clock: wall })
  return new Registry(followedOnes, (connectorId, allowed) => {
    const { http: plain, files } = waysOut.of(allowed)
    const http = answers.follow(plain)
    return {
      http: meters ? measured(http, connectorId, meters) : http,
      files,
      ...kept,
      clock: wall,
      log: log.child({ connector: connectorId }),
    }
  })
}

export function createWaysOut(guard: TargetGuard): PerTargets<{
  readonly http: ReturnType<typeof createChannelClient>
  readonly files: FileSource
}> {
  return new PerTargets((allowed) => {
    const narrowed = guard.narrowed(allowed)
    return { http: createChannelClient(narrowed), files: new FileSource(narrowed) }
  })
}

export type WaysOut = ReturnType<typeof createWaysOut>

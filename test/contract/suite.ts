import { describe, it } from 'node:test'
import type { ConnectorDescriptor } from '../../src/core/connector.ts'
import type { Check } from './bench.ts'
import type { ConnectorKit } from './kit.ts'
import { capabilityChecks } from './suite-capabilities.ts'
import { checkChecks } from './suite-check.ts'
import { errorChecks } from './suite-errors.ts'
import { receiverChecks, storeChecks } from './suite-hubs.ts'
import { inboundChecks } from './suite-inbound.ts'
import { outboundChecks } from './suite-outbound.ts'
import { hubsChecks, settingsChecks } from './suite-settings.ts'

/** What every connector owes the hub. */
export function contractChecks(descriptor: ConnectorDescriptor, kit: ConnectorKit): Check[] {
  const subject = { descriptor, kit }
  if (kit.isHubs === 'receives') {
    return [...hubsChecks(subject), ...inboundChecks(subject), ...receiverChecks(subject)]
  }
  if (kit.isHubs) {
    return [
      ...hubsChecks(subject),
      ...inboundChecks(subject),
      ...outboundChecks(subject),
      ...capabilityChecks(subject),
      ...storeChecks(subject),
    ]
  }
  return [
    ...settingsChecks(subject),
    ...inboundChecks(subject),
    ...outboundChecks(subject),
    ...capabilityChecks(subject),
    ...errorChecks(subject),
    ...checkChecks(subject),
  ]
}

/** The same as tests. Loops over nothing: call it once per descriptor. */
export function connectorContract(descriptor: ConnectorDescriptor, kit: ConnectorKit): void {
  describe(`connector ${descriptor.id}`, () => {
    for (const { name, run } of contractChecks(descriptor, kit)) it(name, run)
  })
}

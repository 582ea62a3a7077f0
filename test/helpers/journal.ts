import type { JournalItem, ShownStep } from '../../src/journal/item.ts'
import type { TestPortal } from './hub.ts'
import { waitFor } from './wait-for.ts'

export async function findItems(
  portal: TestPortal,
  id: string,
  more: object = {},
): Promise<readonly JournalItem[]> {
  const { items } = await portal.hub.findMessage<{ items: JournalItem[] }>({ id, ...more })
  return items
}

/** Waits until one thing is found that has a step of this name, and gives it. */
export async function findWith(
  portal: TestPortal,
  id: string,
  step: ShownStep['step'],
): Promise<JournalItem> {
  return await waitFor(async () => {
    const items = await findItems(portal, id)
    return items.find(({ steps }) => steps.some((one) => one.step === step))
  }, `${id} to have been ${step}`)
}

export function stepsOf(item: JournalItem | undefined): string[] {
  return (item?.steps ?? []).map(({ step }) => step)
}

export function stepOf(item: JournalItem | undefined, name: ShownStep['step']): ShownStep {
  const found = item?.steps.find(({ step }) => step === name)
  if (!found) throw new Error(`no step ${name} in ${JSON.stringify(item)}`)
  return found
}

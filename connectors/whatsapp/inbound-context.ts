import type { Chat, InboundEvent, Person } from '#core/event.ts'

/** What every reader of a message gets besides it. */
export interface MessageContext {
  /** Begins every event. No `user`: the company wrote it, or Meta doesn't name who of a group. */
  readonly base: { readonly at: number; readonly user?: Person; readonly chat: Chat }
  /** A person of the company wrote it, on another device. */
  readonly isEcho: boolean
}

export function unsupported(
  { id }: { readonly id?: string },
  kind: string,
  who: { readonly at: number; readonly user?: Person; readonly chat?: Chat },
): InboundEvent {
  return {
    type: 'unsupported',
    ...who,
    kind: kind.slice(0, 64),
    ...(id ? { message: { id } } : {}),
  }
}

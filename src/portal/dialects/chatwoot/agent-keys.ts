/** A message of an agent, as the hub's outbox names it: what becomes of it comes back under that name. */
export interface AgentKey {
  readonly conversation: number
  readonly message: number
  /** A change of it, rather than the message itself. */
  readonly isChange?: true
}

export function agentKey(conversation: number, message: number, change = ''): string {
  return `cw.${conversation}.${message}${change === '' ? '' : `.${change}`}`
}

export function parseAgentKey(key: string | undefined): AgentKey | undefined {
  const match = /^cw\.(\d{1,15})\.(\d{1,15})(\..+)?$/.exec(key ?? '')
  if (!match) return undefined
  const [, conversation, message, change] = match
  return {
    conversation: Number(conversation),
    message: Number(message),
    ...(change === undefined ? {} : { isChange: true }),
  }
}

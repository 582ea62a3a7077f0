/** Every way a portal can go wrong here. `net-` are the connection's, the others the portal's own. */
export const MISDEEDS = [
  'reset',
  'stall',
  'half',
  'loris',
  'answer-then-reset',
  'redirect',
  'huge',
  'error-500',
  'busy-429',
  'partial',
  'reject-some',
  'ack-later',
  'expired-certificate',
  'net-half-open',
  'net-reset',
  'net-refuse',
  'net-delay',
  'net-drip',
] as const
export type Misdeed = (typeof MISDEEDS)[number]

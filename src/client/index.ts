/** What the package of the client gives; inside this repository each file is imported by itself. */
// biome-ignore lint/performance/noBarrelFile: a package has one entry
export { HubUnreachableError, RejectEvent, RpcError } from './errors.ts'
export type * from './events.ts'
export { createHub, type Hub, type HubMethod, type HubOptions, type Params } from './hub.ts'
export { parsePacket } from './packet.ts'
export { hasPersonChanged } from './person.ts'
export {
  type AnyEvent,
  createRouter,
  type EventHandler,
  type HandlerOf,
  type PortalReply,
  type PortalRequest,
  type Router,
  type RouterOptions,
  type Verifying,
} from './router.ts'
export type { BatchResult } from './rpc-answer.ts'
export { listen } from './server.ts'
export { type SignedHeaders, signedHeaders, verify } from './signature.ts'

import { jsonReply, type Route } from '../core/route.ts'

/** `/healthz` (the process is up) and `/readyz` (it can work). `readiness` gives the reasons why it can't; none if it can. */
export function healthRoutes(readiness: () => Promise<readonly string[]>): Route[] {
  return [
    { method: 'GET', path: '/healthz', answer: async () => jsonReply(200, { status: 'ok' }) },
    {
      method: 'GET',
      path: '/readyz',
      audience: 'operators',
      async answer() {
        const reasons = await readiness()
        return reasons.length > 0
          ? jsonReply(503, { status: 'not ready', reasons })
          : jsonReply(200, { status: 'ready' })
      },
    },
  ]
}

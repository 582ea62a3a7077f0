import { z } from 'zod'
import { given } from '../../core/given.ts'
import { dialectShape, overviewShape, processesShape } from '../../core/shapes/admin.ts'
import { connectorShape } from '../../core/shapes/connector.ts'
import { EVERYBODY, endpoint, OPERATORS } from '../endpoint.ts'

const iso = (at: number): string => new Date(at).toISOString()

export const HUB_ENDPOINTS = [
  endpoint({
    method: 'GET',
    path: '/overview',
    id: 'getOverview',
    summary: 'how the hub is, or what of it is yours',
    scopes: EVERYBODY,
    answer: overviewShape,
    run: ({ scope }, { overviews }) => overviews.of(scope),
  }),
  endpoint({
    method: 'GET',
    path: '/processes',
    id: 'listProcesses',
    summary: 'the processes that work on the store',
    scopes: OPERATORS,
    answer: processesShape,
    async run(_call, desk) {
      const own = desk.thisProcess()
      const items = (await desk.processes()).map((one) => ({
        host: one.host,
        pid: one.pid,
        roles: one.roles.split(',').filter((role) => role !== ''),
        startedAt: iso(one.startedAt),
        aliveUntil: iso(one.aliveUntil),
        ...given({ isThis: one.token === own && (true as const) }),
      }))
      return { items }
    },
  }),
  endpoint({
    method: 'GET',
    path: '/dialects',
    id: 'listDialects',
    summary: 'the makes of portal that can be added',
    scopes: OPERATORS,
    answer: z.array(dialectShape),
    run: async (_call, { dialects }) =>
      dialects.map(({ id, title, fields, usesSecret = false, format }) => ({
        ...{ id, title, fields, usesSecret },
        ...given({ format }),
      })),
  }),
  endpoint({
    method: 'GET',
    path: '/connectors',
    id: 'listConnectors',
    summary: 'what each connector needs and can do',
    scopes: EVERYBODY,
    answer: z.array(connectorShape),
    run: async (_call, { connectors }) => connectors(),
  }),
]

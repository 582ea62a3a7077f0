import { hash } from 'node:crypto'
import { z } from 'zod'
import type { ApiPart } from '../core/api-part.ts'
import type { Route, RouteReply } from '../core/route.ts'
import { buildDocument, type DocumentInfo } from './document.ts'

export const openApiApi: ApiPart = {
  paths: {
    '/openapi.json': {
      get: {
        id: 'getOpenApi',
        summary: 'this document',
        tag: 'operations',
        answers: {
          200: {
            description: 'OpenAPI 3.1',
            content: { 'application/json': z.record(z.string(), z.unknown()) },
          },
          304: { description: 'as If-None-Match says' },
        },
      },
    },
  },
}

/** `GET /openapi.json`, for everybody. It is made when it is first asked for, and stays the same from then on. */
export function openApiRoute(parts: () => readonly ApiPart[], info: DocumentInfo): Route {
  let made: { readonly body: string; readonly etag: string } | undefined
  return {
    method: 'GET',
    path: '/openapi.json',
    async answer({ headers }): Promise<RouteReply> {
      made ??= make(parts(), info)
      const { body, etag } = made
      const caching = {
        etag,
        'cache-control': 'public, max-age=300',
        // For tools that show it in a browser.
        'access-control-allow-origin': '*',
      }
      const known = String(headers['if-none-match'] ?? '').split(/\s*,\s*/)
      if (known.some((one) => one === '*' || one.replace(/^W\//, '') === etag)) {
        return { status: 304, headers: caching }
      }
      return {
        status: 200,
        headers: { 'content-type': 'application/json; charset=utf-8', ...caching },
        body,
      }
    },
  }
}

function make(parts: readonly ApiPart[], info: DocumentInfo): { body: string; etag: string } {
  const body = JSON.stringify(buildDocument(parts, info))
  return { body, etag: `"${hash('sha256', body, 'base64url').slice(0, 22)}"` }
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Connector } from '../../../src/core/connector.ts'
import type { RawRequest } from '../../../src/core/http.ts'
import { PieceRouter } from '../../../src/ingress/piece-router.ts'
import type { ActiveLine, WebhookAddress } from '../../../src/lines/directory.ts'

const MAX_TRIED = 8

describe('what is posted to a shared address', () => {
  it('is not parsed before a line believes it', async () => {
    const rig = makeRig({ secrets: { '1': 'right' } })
    const routed = await rig.route({ names: ['1'], signedWith: 'wrong' })
    assert.equal(routed, undefined)
    assert.equal(rig.parsed(), 0)
    await rig.route({ names: ['1'], signedWith: 'right' })
    assert.equal(rig.parsed(), 1)
  })

  it('makes the hub try no more than eight accounts, however many it names', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => String(index))
    const rig = makeRig({ secrets: Object.fromEntries(ids.map((id) => [id, `secret ${id}`])) })
    assert.equal(await rig.route({ names: ids, signedWith: 'wrong' }), undefined)
    assert.equal(rig.verified(), MAX_TRIED)
  })

  it('is digested once for all lines that have the same key', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => String(index))
    const rig = makeRig({ secrets: Object.fromEntries(ids.map((id) => [id, 'the app’s'])) })
    const routed = await rig.route({ names: ids, signedWith: 'the app’s' })
    assert.equal(routed?.pieces.length, 50)
    assert.equal(rig.verified(), 1)
  })
})

/** A channel whose requests are the accounts they name, and a body that says what it was signed with. */
function makeRig({ secrets }: { readonly secrets: Readonly<Record<string, string>> }) {
  let parsed = 0
  let verified = 0
  const connector = {
    accountsIn: ({ query }: RawRequest, limit: number) =>
      query
        .getAll('id')
        .slice(0, limit)
        .map((identity) => ({ connector: 'test', identity })),
    route(request: RawRequest) {
      request.json()
      return request.query
        .getAll('id')
        .map((identity) => ({ connector: 'test', identity, update: identity }))
    },
    proofKey: ({ settings }: { settings: unknown }) => settings as string,
  } as unknown as Connector
  const lineOf = (identity: string): ActiveLine | undefined =>
    secrets[identity] === undefined
      ? undefined
      : ({
          record: { id: Number(identity) + 1, epoch: 1, identity, status: 'connected' },
          line: { settings: secrets[identity] },
          connector,
          realConnector: 'test',
        } as unknown as ActiveLine)
  const address: WebhookAddress = { hash: '', connector, realConnector: 'test' }
  return {
    parsed: () => parsed,
    verified: () => verified,
    async route({ names, signedWith }: { names: readonly string[]; signedWith: string }) {
      const request = {
        method: 'POST',
        query: new URLSearchParams(names.map((id): [string, string] => ['id', id])),
        headers: {},
        body: Buffer.alloc(1024 * 1024),
        json: () => {
          parsed++
          return {}
        },
      } as const
      const deps = {
        lineDirectory: { findByIdentity: async (_: string, id: string) => lineOf(id) },
        verify: async ({ line }: ActiveLine) => {
          verified++
          return line.settings === signedWith
        },
      }
      return await new PieceRouter(deps, address, true).route(request)
    },
  }
}

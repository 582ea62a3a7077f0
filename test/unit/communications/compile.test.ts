import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile } from '../../../src/communications/script/compile.ts'
import { findCycle, runGraph } from '../../../src/communications/script/cycles.ts'
import type { Step } from '../../../src/communications/script/steps.ts'

const leaf = (n: number): Step => ({ wait: n })
const waits = (n: number, path: string) => ({ op: 'wait', seconds: n, path })

/** Every kind of step, with all that it may hold. */
const STEPS: Step[] = [
  { send: { text: 'hi' } },
  { sendTemplate: { name: 'n', language: 'ru' } },
  leaf(1),
  { waitReply: { timeoutSec: 5 } },
  { waitReply: { timeoutSec: 5, save: 's', onTimeout: [leaf(2)] } },
  { tag: { add: ['a'] } },
  { set: { a: 1 } },
  { if: 'c', then: [leaf(3)] },
  { if: 'c', then: [leaf(4)], else: [leaf(5), leaf(6)] },
  { call: { url: 'https://a.example/' } },
  { call: { url: 'https://a.example/', body: 'b', save: 'p', timeoutMs: 7 }, onError: [leaf(7)] },
  { code: 'x' },
  { run: 'r' },
  { notify: { a: 1 } },
  { end: true },
]

describe('compile', () => {
  it('gives these instructions for good: jobs in the store stand at their numbers', () => {
    const get = { url: 'https://a.example/', method: 'GET', timeoutMs: 10_000 }
    const post = { url: 'https://a.example/', method: 'POST', timeoutMs: 7, body: 'b' }
    assert.deepEqual(compile(STEPS).ops, [
      { op: 'send', message: { text: 'hi' }, path: 'steps[0]' },
      { op: 'sendTemplate', template: { name: 'n', language: 'ru' }, path: 'steps[1]' },
      waits(1, 'steps[2]'),
      { op: 'waitReply', timeoutSec: 5, path: 'steps[3]' },
      { op: 'waitReply', timeoutSec: 5, save: 's', onTimeout: 6, path: 'steps[4]' },
      { op: 'jump', to: 7 },
      waits(2, 'steps[4].waitReply.onTimeout[0]'),
      { op: 'tag', add: ['a'], remove: [], path: 'steps[5]' },
      { op: 'set', attributes: { a: 1 }, path: 'steps[6]' },
      { op: 'if', code: 'c', otherwise: 11, path: 'steps[7]' },
      waits(3, 'steps[7].then[0]'),
      { op: 'if', code: 'c', otherwise: 14, path: 'steps[8]' },
      waits(4, 'steps[8].then[0]'),
      { op: 'jump', to: 16 },
      waits(5, 'steps[8].else[0]'),
      waits(6, 'steps[8].else[1]'),
      { op: 'call', request: get, path: 'steps[9]' },
      { op: 'call', request: post, save: 'p', onError: 19, path: 'steps[10]' },
      { op: 'jump', to: 20 },
      waits(7, 'steps[10].onError[0]'),
      { op: 'code', code: 'x', path: 'steps[11]' },
      { op: 'run', script: 'r', path: 'steps[12]' },
      { op: 'notify', data: { a: 1 }, path: 'steps[13]' },
      { op: 'end', path: 'steps[14]' },
    ])
  })

  it('gives the same whether onError stands beside the call or in it, but for the path', () => {
    const url = 'https://a.example/'
    const [beside] = compile([{ call: { url }, onError: [leaf(1)] }]).ops
    const [within] = compile([{ call: { url, onError: [leaf(1)] } }]).ops
    assert.deepEqual(beside, within)
  })
})

describe('findCycle', () => {
  const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges))

  it('names a circle from where it closes', () => {
    assert.deepEqual(findCycle(graph({ a: ['a'] })), ['a', 'a'])
    assert.deepEqual(findCycle(graph({ x: ['a'], a: ['b'], b: ['c'], c: ['a'] })), [
      'a',
      'b',
      'c',
      'a',
    ])
  })

  it('finds none where scripts are only run from several places', () => {
    assert.equal(findCycle(graph({ a: ['b', 'c'], b: ['d'], c: ['d', 'gone'], d: [] })), undefined)
  })

  it('finds one whether scripts name each other by code or by id', () => {
    const scripts = [
      { id: 1, code: 'a', runs: [2] },
      { id: 2, code: 'b', runs: [3, 99, 'gone'] },
      { id: 3, runs: ['a'] },
    ]
    assert.deepEqual(findCycle(runGraph(scripts)), ['a', 'b', '#3', 'a'])
    assert.equal(findCycle(runGraph(scripts.slice(0, 2))), undefined)
  })

  it('takes long chains and wide graphs in linear time', () => {
    const edges: Record<string, string[]> = {}
    for (let at = 0; at < 50_000; at += 1) edges[`s${at}`] = [`s${at + 1}`, `s${at + 2}`]
    assert.equal(findCycle(graph(edges)), undefined)
    edges['s50000'] = ['s0']
    assert.equal(findCycle(graph(edges))?.[0], 's0')
  })
})

import asyncHooks, { type AsyncResourceOptions, type HookCallbacks } from 'node:async_hooks'

/**
 * To be loaded before `node:test`. That follows every promise and handle through async hooks, to know whose test has thrown an
 * error that nobody caught: a sixth of the processor time of a test with a hub in it. Here it follows the tests alone, which is what
 * it finds the suite of an `it` by. An error that nobody caught still fails the run; it isn't said in which test.
 */
const { AsyncResource, createHook } = asyncHooks
let noteTest: HookCallbacks['init']

class NotedResource extends AsyncResource {
  constructor(type: string, options?: AsyncResourceOptions) {
    super(type, options)
    noteTest?.(this.asyncId(), type, this.triggerAsyncId(), this)
  }
}

const light = {
  AsyncResource: NotedResource,
  createHook: (callbacks: HookCallbacks) => {
    noteTest = callbacks.init
    return { enable: () => undefined, disable: () => undefined }
  },
}

Object.assign(asyncHooks, light)
await import('node:test')
Object.assign(asyncHooks, { AsyncResource, createHook })

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { compileFunction } from 'node:vm'
import { QuickJSFFI } from '@jitl/quickjs-wasmfile-release-sync/ffi'
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core'
import { SandboxClock } from './sandbox-clock.ts'

const PAGE = 64 * 1024
/** What the engine begins with, fixed at its build. Untouched pages take no memory of the machine. */
const FIRST_PAGES = (16 * 1024 * 1024) / PAGE
/**
 * This is what bounds the memory of code: the engine's own limit hardly counts in this build, which can't ask how large
 * a block is. The engine's stack and tables take 5.1 MiB of it; what one evaluation took is all given back at its end.
 */
const MOST_PAGES = FIRST_PAGES + (5.5 * 1024 * 1024) / PAGE

/** QuickJS in a memory of its own, and the one clock that it can see. */
export interface QuickJs {
  readonly module: QuickJSWASMModule
  /** Sets the instant that everything inside takes for now. */
  setNow(epochMs: number): void
}

/** Makes engines, in less than a millisecond each: the code is compiled once. */
export type QuickJsFactory = () => Promise<QuickJs>

export async function createQuickJsFactory(): Promise<QuickJsFactory> {
  const require = createRequire(import.meta.url)
  const glue = require.resolve('@jitl/quickjs-wasmfile-release-sync/emscripten-module')
  const source = readFileSync(glue, 'utf8')
  const wasm = readFileSync(join(dirname(glue), 'emscripten-module.wasm'))
  const wasmModule = await WebAssembly.compile(wasm)
  return async () => {
    const clock = new SandboxClock()
    const wasmMemory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES })
    const variant: QuickJSSyncVariant = {
      type: 'sync',
      importFFI: async () => QuickJSFFI,
      importModuleLoader: async () => loaderWith(clock, source, glue),
    }
    const module = await newQuickJSWASMModuleFromVariant(
      newVariant(variant, { wasmModule, wasmMemory }),
    )
    return {
      module,
      setNow: (epochMs) => clock.set(epochMs),
    }
  }
}

type ModuleLoader = Awaited<ReturnType<QuickJSSyncVariant['importModuleLoader']>>

/**
 * The glue between the engine and its host asks `Date` for the time and the time zone, `console` for a place to complain
 * when it aborts, and sets the exit code of `process`. It is compiled with others of these names in place of the host's.
 */
function loaderWith(clock: SandboxClock, source: string, filename: string): ModuleLoader {
  const module: { exports: unknown } = { exports: {} }
  const silent = { log: ignore, error: ignore, warn: ignore }
  const names = ['module', 'exports', 'require', '__dirname', 'Date', 'console', 'process']
  const run = compileFunction(source, names, { filename })
  const require = createRequire(filename)
  run(module, module.exports, require, dirname(filename), clock.Date, silent, { argv: [] })
  return module.exports as ModuleLoader
}

function ignore(): undefined {
  return undefined
}

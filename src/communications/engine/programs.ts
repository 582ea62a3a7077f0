import { BoundedMap } from '../../core/bounded-map.ts'
import { findScript, findScriptOfPortal, readSteps } from '../../db/communications/scripts.ts'
import type { Store } from '../../db/engine/store.ts'
import { compile } from '../script/compile.ts'
import type { Loaded } from '../script/machine-types.ts'
import type { Program } from '../script/program.ts'
import type { ScriptRef, Step } from '../script/steps.ts'

const MAX_PROGRAMS = 1000

/** Where a script is looked for. */
export interface Where {
  readonly portalId: string
  readonly lineId: number
}

/** Programs of scripts' versions. A version never changes, so what was compiled once stays good. */
export class Programs {
  readonly #store: Store
  readonly #known = new BoundedMap<string, Program>(MAX_PROGRAMS)

  constructor(store: Store) {
    this.#store = store
  }

  /** Of the version that is named, else of the newest. A code is one of the line's own scripts. */
  async load(where: Where, ref: ScriptRef, version?: number): Promise<Loaded | undefined> {
    if (typeof ref === 'number' && version !== undefined) return await this.#load(ref, version)
    const script =
      typeof ref === 'number'
        ? await findScriptOfPortal(this.#store, where.portalId, ref)
        : await findScript(this.#store, where.lineId, ref)
    return script && (await this.#load(script.id, script.version))
  }

  async #load(script: number, version: number): Promise<Loaded | undefined> {
    const name = `${script}.${version}`
    const known = this.#known.get(name)
    if (known) return { script, version, program: known }
    const steps = await readSteps(this.#store, { id: script, version })
    if (!steps) return undefined
    const program = compile(steps as unknown as readonly Step[])
    this.#known.set(name, program)
    return { script, version, program }
  }
}

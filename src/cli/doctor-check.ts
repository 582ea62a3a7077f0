import type { Config } from '#config'
import { Store } from '../db/engine/store.ts'
import type { KeyUsage } from '../lines/key-operations.ts'
import { readConfig } from './context.ts'
import type { UnwellLine } from './health-words.ts'

/** `warn`: works, but somebody should look. `skipped`: can't be said before something else is mended. */
export type FindingState = 'ok' | 'warn' | 'broken' | 'skipped'

export interface Finding {
  readonly state: FindingState
  /** One line for the operator. */
  readonly message: string
  readonly keys?: readonly KeyUsage[]
  /** The worst of the lines. */
  readonly lines?: readonly UnwellLine[]
}

export interface Check {
  readonly name: string
  /** Not looked at while one of these is broken or skipped. */
  readonly needs: readonly string[]
  /** What it throws is broken. Changes nothing. */
  look(patient: Patient): Promise<Finding> | Finding
}

/** What is looked at. It is opened by whichever check comes first. */
export class Patient implements AsyncDisposable {
  #config: Config | undefined
  #store: Store | undefined

  constructor(config?: Config) {
    this.#config = config
  }

  get config(): Config {
    this.#config ??= readConfig()
    return this.#config
  }

  get store(): Store {
    this.#store ??= new Store(this.config.database)
    return this.#store
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.close()
  }
}

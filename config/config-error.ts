/** One fault in the configuration. `problem` is for a person and never holds the variable's value if that may be secret. */
export interface ConfigFault {
  readonly variable: string
  readonly problem: string
}

/** A configuration that the hub can't start with: every fault at once, one per line of `message`. Exit code 78. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly code = 'HUB_BAD_CONFIG'
  readonly faults: readonly ConfigFault[]
  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(({ variable, problem }) => `${variable} ${problem}`).join('\n'))
    this.faults = faults
  }
}

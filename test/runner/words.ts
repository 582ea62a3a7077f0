export interface Words {
  /** Beginnings of paths: what is to run. All of it if there are none. */
  readonly beginnings: readonly string[]
  /** For Node's runner. */
  readonly flags: readonly string[]
  /** How many groups may fail for their files to be run again. None is run again if it is 0. */
  readonly retryFiles: number
  /** The folder that has `test/`. */
  readonly root: string
}

/** What stands on the command line of `npm test`. */
export function readWords(words: readonly string[], root: string): Words {
  const [retry, folder] = [optionOf(words, '--retry-files'), optionOf(words, '--root')]
  const retryFiles = Number(retry ?? 0)
  if (!Number.isInteger(retryFiles) || retryFiles < 0) {
    throw new Error(`--retry-files=${retry} is no number of groups`)
  }
  return {
    beginnings: words.filter((word) => !word.startsWith('-')),
    flags: words.filter((word) => word.startsWith('-') && !OWN.test(word)),
    retryFiles,
    root: folder ?? root,
  }
}

const OWN = /^--(?:retry-files|root)=/

function optionOf(words: readonly string[], name: string): string | undefined {
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
}

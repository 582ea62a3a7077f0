import type { FileOpener } from '../../src/core/files.ts'

/** For connectors that upload nothing. */
export const NO_FILES: FileOpener = {
  check: () => undefined,
  nameOf: ({ name }) => name ?? 'file',
  open: () => Promise.reject(new Error('no files here')),
}

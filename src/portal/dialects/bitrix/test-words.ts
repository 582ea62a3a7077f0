import type { Verdict } from './answer.ts'

/** What a failed test says to an administrator: what was seen, and where to look. */
export function testWords(verdict: Exclude<Verdict, { kind: 'taken' }>, connector: string): string {
  if (verdict.kind === 'aborted') return 'the test was broken off'
  if (verdict.kind === 'unknown-command') return 'the portal’s module does not know testConnect'
  const { code, error } = verdict
  if (code === 'IMCONNECTOR_NOT_SPECIFIED_CORRECT_CONNECTOR') {
    return `${code}: "${connector}" is not in the portal’s list of connectors (settings of the module imconnector)`
  }
  if (code === 'LICENCE_ERROR') {
    return `${code}: the portal does not believe our signature. Is "keyHash" md5 of its licence key, and "licence" not in its place? The PHP line of step 1 prints both`
  }
  return error
}

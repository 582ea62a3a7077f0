import type { Config } from '#config'
import { isPrivate } from '../outgoing/reach.ts'

/** What an operator should know about the configuration although it can be used, as sentences. */
export async function warningsOfConfig(config: Config): Promise<string[]> {
  return [
    ...config.strangers.map(({ variable, problem }) => `${variable} ${problem}`),
    ...(await warningsOfPublicUrl(config.publicUrl)),
  ]
}

async function warningsOfPublicUrl(publicUrl: string | undefined): Promise<string[]> {
  if (publicUrl === undefined) {
    return ['HUB_PUBLIC_URL is not set: no messenger reaches a webhook, only lines that poll work']
  }
  const url = new URL(publicUrl)
  if (await isPrivate(url)) {
    return [
      'HUB_PUBLIC_URL is an address of this machine or a private network: no messenger reaches it',
    ]
  }
  if (url.protocol === 'https:') return []
  return ['HUB_PUBLIC_URL begins with http: most messengers post to https only']
}

/** To stderr, so that what a command prints for programs stays as it is. */
export function warn(warnings: readonly string[]): void {
  for (const warning of warnings) process.stderr.write(`hub: warning: ${warning}\n`)
}

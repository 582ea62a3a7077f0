import type { BotFrameworkSettings } from './settings.ts'

type HostRules = Pick<BotFrameworkSettings, 'serviceHosts' | 'isCustomCloud'>

/**
 * May the bot's token be shown to this address? Asked of every address that comes out of an activity, both when it
 * arrives and again when it is used: a `serviceUrl` of an attacker would be handed the bot's token otherwise.
 */
export function isTrustedUrl(address: string, settings: HostRules): boolean {
  const url = URL.parse(address)
  if (url?.username !== '' || url.password !== '') return false
  if (settings.isCustomCloud) {
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return false
  } else if (url.protocol !== 'https:' || url.port !== '') {
    return false
  }
  return settings.serviceHosts.some((rule) => matches(url, rule))
}

function matches(url: URL, rule: string): boolean {
  const [host, port] = splitPort(rule)
  if (port !== undefined && port !== effectivePort(url)) return false
  return host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host
}

function splitPort(rule: string): [host: string, port: string | undefined] {
  const match = /^(.*):(\d+)$/.exec(rule)
  return match ? [match[1] ?? '', match[2]] : [rule, undefined]
}

function effectivePort(url: URL): string {
  if (url.port !== '') return url.port
  return url.protocol === 'https:' ? '443' : '80'
}

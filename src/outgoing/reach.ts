import type { TargetGuard } from '../core/http.ts'
import { createTargetGuard } from './guard.ts'

/** Whoever asks waits no longer for a name server. */
const LOOKUP_MS = 2000

/** Refuses every private or special address. */
const STRICT = createTargetGuard([])

/** Is it this machine, or in a private network? A name that can't be looked up isn't. */
export async function isPrivate(url: URL): Promise<boolean> {
  return await isRefused(url, STRICT)
}

/**
 * What the administrator of a portal should know about its address, as sentences. `guard` is the one that its packets go
 * through. None: all is well, as far as can be told without a request.
 */
export async function warningsOfPortal(url: URL, guard: TargetGuard): Promise<string[]> {
  if (await isRefused(url, guard)) {
    return [
      `${url.host} is this machine or in a private network, which the hub refuses to call: name it in HUB_ALLOW_PRIVATE_TARGETS, and in the portal's --allow if it has one`,
    ]
  }
  if (url.protocol === 'https:' || (await isPrivate(url))) return []
  return [`${url.host} is called by http: whoever is on the way can read and hold up the packets`]
}

async function isRefused(url: URL, guard: TargetGuard): Promise<boolean> {
  try {
    guard.assertHost(url.hostname)
    await lookUp(url.hostname, guard)
    return false
  } catch (error) {
    return (error as { reason?: unknown }).reason === 'HUB_PRIVATE_TARGET'
  }
}

/** Rejects when the guard refuses the name, or it isn't known in time. */
function lookUp(hostname: string, guard: TargetGuard): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), LOOKUP_MS)
    guard.lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }, (error) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    })
  })
}

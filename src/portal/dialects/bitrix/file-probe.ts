import type { SpeakerContext } from '../../../core/dialect.ts'
import type { StoredEvent } from '../../../core/inbox.ts'
import { readStored } from '../../../core/stored-event.ts'
import type { PortalClient } from '../../exchange.ts'
import { isLink } from './file-items.ts'

/** Why the portal would not get a file: nobody ever will, or its server can't give it at the moment. */
export type FileFault = 'never' | 'now'

/** By the address of the file. */
export type FileFaults = ReadonlyMap<string, FileFault>

const TIMEOUT_MS = 10_000
const AT_ONCE = 10
const NEVER: ReadonlySet<number> = new Set([404, 410])

/**
 * Finds the files of new messages that the portal would lose: what doesn't answer 200 there vanishes without a word, and the
 * message with it if it holds nothing else. Where nothing is known, such as when the address can't be reached from here, the
 * portal is left to try.
 */
export class FileProbe {
  readonly #client: PortalClient
  readonly #ownFiles: string

  constructor(client: PortalClient, { publicUrl }: Pick<SpeakerContext, 'publicUrl'>) {
    this.#client = client
    this.#ownFiles = `${publicUrl}/files/`
  }

  async faultsOf(events: readonly StoredEvent[], signal: AbortSignal): Promise<FileFaults> {
    const waiting = new Set(events.flatMap(linksOf))
    const faults = new Map<string, FileFault>()
    const work = async (): Promise<void> => {
      for (const url of waiting) {
        waiting.delete(url)
        const fault = await this.#faultOf(url, signal)
        if (fault) faults.set(url, fault)
      }
    }
    const workers = Math.min(AT_ONCE, waiting.size)
    await Promise.all(Array.from({ length: workers }, work))
    return faults
  }

  /** Servers of others may refuse a HEAD that they don't know, or that their address isn't signed for. */
  async #faultOf(url: string, signal: AbortSignal): Promise<FileFault | undefined> {
    const headers = { 'user-agent': 'openlines-hub' }
    const request = { method: 'HEAD', url, headers, timeoutMs: TIMEOUT_MS, secrets: [] } as const
    const exchange = await this.#client.send(request, signal)
    if (exchange === 'aborted' || 'failure' in exchange) return undefined
    const { status } = exchange
    if (NEVER.has(status)) return 'never'
    return url.startsWith(this.#ownFiles) && (status < 200 || status >= 300) ? 'now' : undefined
  }
}

function linksOf(stored: StoredEvent): readonly string[] {
  const event = readStored(stored)
  if (event.type !== 'message.new') return []
  return (event.message.files ?? []).map(({ url }) => url).filter(isLink)
}

import { DeliveryError, type Disposition, TransportError } from '../core/errors.ts'
import type { FileFaultCode } from '../core/files.ts'
import type { OutboundFile } from '../core/message.ts'

/** What may go wrong with one file of a portal's, in words for the person who sent it. */
export interface FileFaults {
  noAddress(): DeliveryError
  /** For any answer but 200. */
  status(status: number): DeliveryError
  unreadable(): DeliveryError
  tooLarge(maxBytes: number): DeliveryError
  tooSlow(): DeliveryError
  /** From what the HTTP client threw; a DeliveryError is passed on. */
  transport(error: unknown): DeliveryError
}

const MEGABYTE = 1024 * 1024

/** Statuses that may be others in a moment. */
const PASSING_STATUS = new Set([408, 425, 429])

/** `isFinal`: trouble that may pass rejects as well. */
export function faultsOf(file: OutboundFile, isFinal = false): FileFaults {
  const name = nameOf(file)
  const the = `the file "${name}"`
  const fault = (
    channelCode: FileFaultCode,
    words: string,
    disposition: Disposition = 'reject',
  ): DeliveryError =>
    new DeliveryError(words, {
      disposition: isFinal ? 'reject' : disposition,
      outcome: 'not-sent',
      channelCode,
    })
  return {
    noAddress: () => fault('HUB_FILE_UNREACHABLE', `${the} has no address that could be opened`),
    status(status) {
      const answered = `(its server answered ${status})`
      if (status === 404 || status === 410) {
        return fault('HUB_FILE_GONE', `${the} is not there ${answered}`)
      }
      if (status >= 300 && status < 400) {
        const why = file.mayRedirect ? 'too many redirects' : 'a redirect, which is not followed'
        const words = `${the} is behind ${why} ${answered}: give its own address`
        return fault('HUB_FILE_REDIRECT', words)
      }
      const isPassing = status >= 500 || PASSING_STATUS.has(status)
      const words = `${the} can not be had ${answered}`
      return fault('HUB_FILE_UNREACHABLE', words, isPassing ? 'retry' : 'reject')
    },
    unreadable: () =>
      fault('HUB_FILE_UNREACHABLE', `${the} comes compressed although its server was asked not to`),
    tooLarge(maxBytes) {
      const limit = Math.floor(maxBytes / MEGABYTE)
      const words = `${the} is larger than the ${limit} MB that this channel takes`
      return fault('HUB_FILE_TOO_LARGE', words)
    },
    tooSlow: () => fault('HUB_FILE_TOO_SLOW', `the server of ${the} gives it too slowly`),
    transport(error) {
      if (error instanceof DeliveryError) return error
      const reason = reasonOf(error)
      if (reason === 'HUB_PRIVATE_TARGET') {
        const words = `${the} is on a private network, which the hub does not reach into`
        return fault('HUB_FILE_PRIVATE', words)
      }
      return fault('HUB_FILE_UNREACHABLE', `${the} can not be had (${reason})`, 'retry')
    },
  }
}

/** Only the code: the words of HTTP clients may quote the address. */
function reasonOf(error: unknown): string {
  if (error instanceof TransportError) return error.reason
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^[A-Z_\d]{1,60}$/.test(code) ? code : 'no answer'
}

/** Anything longer in a path is rather a key than a name. */
const MAX_NAME = 100

/**
 * The name the portal gave, or the last part of the path where that looks like a file's name. Nothing else of an address
 * is ever shown: the rest, and a part that isn't a name, may be what opens the file.
 */
export function nameOf(file: OutboundFile): string {
  if (file.name) return file.name
  const last = URL.parse(file.url)?.pathname.split('/').at(-1) ?? ''
  const name = decode(last)
  const isName = name.length <= MAX_NAME && /^[^/\\\p{C}]+\.[a-z0-9]{1,5}$/iu.test(name)
  return isName ? name : 'file'
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}

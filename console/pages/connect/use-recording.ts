import { useEffect, useState } from 'preact/hooks'
import type { Api } from '../../api/client.ts'
import { useDesk } from '../../desk/desk.ts'

/** It ends after this long also if nobody ends it: the page may have been lost. */
const MINUTES = 10

/**
 * Traces a line while `isWanted`, unless it is traced already. Ended is only what was begun here. Returns until when it is
 * recorded; undefined while it isn't.
 */
export function useRecording(lineId: number, isWanted: boolean): string | undefined {
  const { api } = useDesk()
  const [until, setUntil] = useState<string>()
  useEffect(() => {
    if (!isWanted) return
    let isGone = false
    const own: Promise<string | undefined> = begin(api, lineId).then(
      ({ state, isOwn }) => {
        if (!isGone) setUntil(state?.until)
        return isOwn ? state?.until : undefined
      },
      // As when too many lines are traced at once: the message is shown without its text.
      () => undefined,
    )
    const end = (): void => {
      isGone = true
      setUntil(undefined)
      void stopOwn(api, lineId, own)
    }
    // Whoever closes the window leaves no time for a question.
    const leave = (): void => {
      void stopAtOnce(api, lineId, own)
    }
    addEventListener('pagehide', leave)
    return () => {
      removeEventListener('pagehide', leave)
      end()
    }
  }, [lineId, isWanted])
  return until
}

interface Begun {
  readonly state: { readonly until: string } | undefined
  readonly isOwn: boolean
}

async function begin(api: Api, lineId: number): Promise<Begun> {
  const { trace } = await api.trace(lineId, { limit: 1 })
  if (trace) return { state: trace.bodies ? trace : undefined, isOwn: false }
  const state = await api.startTrace(lineId, { minutes: MINUTES, bodies: true })
  return { state, isOwn: true }
}

/** Somebody may have begun another one since, which is left alone. */
async function stopOwn(api: Api, lineId: number, own: Promise<string | undefined>): Promise<void> {
  const until = await own
  if (until === undefined) return
  try {
    const { trace } = await api.trace(lineId, { limit: 1 })
    if (trace?.until === until) await api.stopTrace(lineId)
  } catch {
    // It ends by itself.
  }
}

async function stopAtOnce(
  api: Api,
  lineId: number,
  own: Promise<string | undefined>,
): Promise<void> {
  if ((await own) === undefined) return
  await api.stopTrace(lineId, true).catch(() => undefined)
}

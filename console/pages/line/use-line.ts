import { useEffect, useRef, useState } from 'preact/hooks'
import type { JournalItem, LineDetail } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { type Loaded, useLoad } from '../../desk/use-load.ts'

export interface LiveLine {
  readonly line: Loaded<LineDetail>
  /** What has happened since the page was opened, the latest first. */
  readonly journal: readonly JournalItem[]
}

const KEPT = 100
/** What isn't in the status object, the figures and the last errors, is fetched this long after a change. */
const SETTLE_MS = 1500

/** A line with all that changes of it, as it changes. */
export function useLine(id: number): LiveLine {
  const { api, comebacks, follow } = useDesk()
  const line = useLoad((stop) => api.line(id, stop), [id])
  const [journal, setJournal] = useState<readonly JournalItem[]>([])
  const latest = useRef(line)
  latest.current = line
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const settle = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined
        latest.current.reload()
      }, SETTLE_MS)
    }
    const end = follow(
      {
        line: (item) => {
          const { data, put } = latest.current
          if (data) put({ ...withoutState(data), ...item })
          settle()
        },
        journal: ({ items }) => {
          setJournal((last) => merge(last, items))
          settle()
        },
      },
      id,
    )
    return () => {
      end()
      clearTimeout(timer)
    }
  }, [id, comebacks.value])
  return { line, journal }
}

/** What a newer status object leaves out isn't so any more. */
function withoutState(line: LineDetail): LineDetail {
  const { lockout: _lockout, lastFailure: _lastFailure, ...rest } = line
  return rest
}

const idOf = ({ evt, out }: JournalItem): string => evt ?? out ?? ''

/** An item that is there already stays where it is, with its new steps; the others come on top. */
function merge(
  last: readonly JournalItem[],
  items: readonly JournalItem[],
): readonly JournalItem[] {
  const newer = new Map(items.map((item) => [idOf(item), item]))
  const kept = last.map((item) => {
    const id = idOf(item)
    const found = newer.get(id)
    newer.delete(id)
    return found ?? item
  })
  return [...[...newer.values()].reverse(), ...kept].slice(0, KEPT)
}

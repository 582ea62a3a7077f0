import { ParamsError } from './errors.ts'

/** For a cursor that can't be one that a page gave: to begin anew without a word would show the same items again. */
export function badCursor(): ParamsError {
  return new ParamsError([{ field: 'cursor', problem: 'is none that was given out' }])
}

/** The number of the last item of the page before; 0 without a cursor. Throws ParamsError. */
export function readNumberCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  if (/^[1-9]\d{0,14}$/.test(cursor)) return Number(cursor)
  throw badCursor()
}

/** The code of the last item of the page before. Throws ParamsError. */
export function readCodeCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined || /^[a-z0-9_.-]{1,64}$/.test(cursor)) return cursor
  throw badCursor()
}

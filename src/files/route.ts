import type { Context } from 'koa'
import { type FileRefusal, readRange } from './answer.ts'
import type { FileStreamer } from './streamer.ts'

/** A reader that takes nothing for this long has gone without saying so; its place is needed. */
const READER_IDLE_MS = 60_000

/**
 * `GET` and `HEAD /files/<opaque>`. A file that breaks off ends with a broken connection: an orderly end would pass for
 * the whole file wherever its length isn't told. Gives back a refusal that is still to be answered.
 */
export async function answerFile(
  ctx: Context,
  files: FileStreamer,
  opaque: string,
): Promise<FileRefusal | undefined> {
  const { req, res } = ctx
  const over = new AbortController()
  res.once('close', () => over.abort())
  const answer = await files.open(opaque, {
    isHead: ctx.method === 'HEAD',
    range: readRange(req.headers.range),
    signal: over.signal,
  })
  if ('code' in answer) return answer
  // Koa would leave the connection open when a stream fails after the headers.
  ctx.respond = false
  res.writeHead(answer.status, answer.headers)
  if (answer.pipe) {
    res.setTimeout(READER_IDLE_MS, () => res.destroy())
    // The streamer reports what went wrong; here both ends are only to be closed.
    await answer.pipe(res).catch(() => res.destroy())
  } else {
    res.end()
  }
  return undefined
}

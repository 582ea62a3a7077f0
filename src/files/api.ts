import { z } from 'zod'
import type { ApiOperation, ApiPart } from '../core/api-part.ts'
import { refusalShape } from '../core/shapes/error.ts'

const refused = (description: string) => ({
  description,
  content: { 'application/json': refusalShape },
})

const REFUSED = {
  404: 'HUB_UNKNOWN_FILE, HUB_FILE_TOO_LARGE',
  410: 'HUB_LINK_EXPIRED, HUB_FILE_GONE',
  416: 'HUB_BAD_RANGE',
  502: 'HUB_CHANNEL_UNREACHABLE: it may work later',
  503: 'HUB_LIMIT: come again after Retry-After',
}

const link: ApiOperation['parameters'] = [
  {
    name: 'link',
    in: 'path',
    required: true,
    description: 'opaque; whoever has it can read the file for 24 h',
    schema: z.string(),
  },
  {
    name: 'range',
    in: 'header',
    required: false,
    description: 'one range of bytes',
    schema: z.string().regex(/^bytes=(\d+-\d*|-\d+)$/),
  },
]

/** `/files/{link}`. */
export const fileApi: ApiPart = {
  paths: {
    '/files/{link}': {
      get: {
        id: 'getFile',
        summary: 'a file of a message, streamed from the channel',
        tag: 'files',
        parameters: link,
        answers: {
          200: { description: 'the file', content: { '*/*': z.unknown() } },
          206: { description: 'the range of it', content: { '*/*': z.unknown() } },
          ...Object.fromEntries(
            Object.entries(REFUSED).map(([status, description]) => [status, refused(description)]),
          ),
          default: refused('another refusal'),
        },
      },
      head: {
        id: 'headFile',
        summary: "the file's headers",
        tag: 'files',
        parameters: link,
        answers: {
          200: { description: 'content-type, content-length where the channel says it' },
          206: { description: 'the same of a range' },
          ...Object.fromEntries(
            Object.entries(REFUSED).map(([status, description]) => [status, { description }]),
          ),
        },
      },
    },
  },
}

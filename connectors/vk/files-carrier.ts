import type { ConnectorContext } from '#core/connector.ts'
import { given } from '#core/given.ts'
import { fileName } from '#kit/file-kind.ts'
import type { FileCarrier } from './files-upload.ts'

/** For the whole of an upload; VK's servers take large documents slowly. */
const UPLOAD_TIMEOUT_MS = 180_000

/** Carries portals' files to VK's upload servers, streamed. */
export function createCarrier({
  http,
  files,
}: Pick<ConnectorContext, 'http' | 'files'>): FileCarrier {
  return {
    async carry(uploadUrl, field, file, { maxBytes, signal }) {
      files.check(file)
      const opened = await files.open(file, { maxBytes, signal })
      const { size, mime, stream } = opened
      const part = {
        field,
        name: fileName(file) || opened.name,
        ...given({ mime, size }),
        open: async () => stream,
      }
      try {
        return await http.request({
          method: 'POST',
          url: uploadUrl,
          multipart: { fields: {}, files: [part] },
          timeoutMs: UPLOAD_TIMEOUT_MS,
          signal,
        })
      } finally {
        opened.close()
      }
    },
  }
}

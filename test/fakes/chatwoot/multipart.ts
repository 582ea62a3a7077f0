import type { NewMessage } from './model.ts'

/** A message in a form with files, as Rails reads it. Throws on a form that has no end. */
export function readForm(body: Buffer, contentType: string): NewMessage {
  const boundary = /boundary=([^;]+)/.exec(contentType)?.[1] ?? ''
  const text = body.toString('latin1')
  if (!text.endsWith(`--${boundary}--\r\n`)) throw new Error('the form has no end')
  const parts = text.split(`--${boundary}\r\n`).slice(1)
  const fields: Record<string, string> = {}
  const attachments: { name: string; mime: string; bytes: Buffer }[] = []
  for (const part of parts) {
    const at = part.indexOf('\r\n\r\n')
    const head = part.slice(0, at)
    const end = part.lastIndexOf('\r\n')
    const raw = part.slice(at + 4, part.endsWith('--\r\n') ? part.lastIndexOf('\r\n--') : end)
    const bytes = Buffer.from(raw, 'latin1')
    const name = /name="([^"]*)"/.exec(head)?.[1] ?? ''
    const file = /filename="([^"]*)"/.exec(head)?.[1]
    const mime = /content-type: (\S+)/i.exec(head)?.[1] ?? 'application/octet-stream'
    if (file === undefined) fields[name] = bytes.toString('utf8')
    else attachments.push({ name: Buffer.from(file, 'latin1').toString('utf8'), mime, bytes })
  }
  const replyTo = fields['content_attributes[in_reply_to_external_id]']
  return {
    content: fields['content'] ?? '',
    message_type: fields['message_type'] === 'incoming' ? 'incoming' : 'outgoing',
    private: fields['private'] === 'true',
    source_id: fields['source_id'] ?? null,
    content_attributes: replyTo === undefined ? {} : { in_reply_to_external_id: replyTo },
    attachments,
  }
}

import { z } from 'zod'
import type { ConnectorMethod } from '#core/connector.ts'
import { type FieldFault, ParamsError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import { parseParams } from '#core/params.ts'
import type { Outside } from './client.ts'
import { toTarget } from './outbound-target.ts'
import { postMessage } from './send.ts'
import type { WhatsAppSettings } from './settings.ts'
import { writeChatTag } from './tag.ts'

/** https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#template-object */
const parameterSchema = z.looseObject({ type: z.string().min(1) })
const componentSchema = z.looseObject({
  type: z.string().min(1),
  sub_type: z.string().optional(),
  index: z.union([z.string(), z.int()]).optional(),
  parameters: z.array(parameterSchema).optional(),
})
const code = z.string().min(1).max(64)
const sendParams = z.strictObject({
  chat: z.strictObject({ id: z.string().min(1).max(512) }),
  template: z.strictObject({
    name: z.string().min(1).max(512),
    // As a code, or as Meta has it.
    language: z.union([code, z.looseObject({ code }).transform((language) => language.code)]),
    namespace: z.string().min(1).max(512).optional(),
    components: z.array(componentSchema).optional(),
  }),
})

const api = {
  summary: 'sends a template at once: what alone reaches a person who has said nothing for 24 h',
  params: sendParams,
  result: z.strictObject({ messageIds: z.array(z.string()) }),
}

type Component = z.infer<typeof componentSchema>

/**
 * `sendTemplate {chat:{id}, template:{name, language, namespace?, components?}}` → `{messageIds}`: what alone reaches a
 * person who has said nothing for 24 h. It goes out at once, past the queue; `components` are Meta's own.
 */
export function sendTemplateMethod(outside: Outside): ConnectorMethod<WhatsAppSettings> {
  return {
    name: 'sendTemplate',
    api,
    async run(params, line, call) {
      const { chat, template } = parseParams(sendParams, params)
      const { name, language, namespace, components } = template
      const faults = (components ?? []).flatMap(findFaults)
      if (faults.length > 0) throw new ParamsError(faults)
      const target = toTarget(chat.id, await call.conversation(chat.id))
      const body = {
        type: 'template',
        biz_opaque_callback_data: writeChatTag(chat.id),
        template: {
          name,
          language: { code: language },
          ...given({ namespace, components }),
        },
      }
      const { signal } = call
      return { messageIds: await postMessage(outside, body, target, line, { signal, attempt: 1 }) }
    },
  }
}

/** Meta refuses these with no more than "parameter format does not match" (132012, 132018). */
const UNFIT = /[\n\r\t]| {5}/

function findFaults({ parameters = [] }: Component, at: number): FieldFault[] {
  return parameters.flatMap((parameter, index) => {
    const { type, text } = parameter
    if (type !== 'text') return []
    const field = `template.components.${at}.parameters.${index}.text`
    if (typeof text !== 'string') return [{ field, problem: 'must be text' }]
    if (!UNFIT.test(text)) return []
    return [{ field, problem: 'must not hold line breaks, tabs or more than four spaces in a row' }]
  })
}

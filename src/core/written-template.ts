import { z } from 'zod'

/** At the top of a template stands one of these, or nothing. */
export const MEDIA_PARAMETERS = ['image', 'document', 'video'] as const
export const TEMPLATE_PARAMETERS = [...MEDIA_PARAMETERS, 'body', 'button_url'] as const

const parameter = z.strictObject({
  type: z.enum(TEMPLATE_PARAMETERS),
  value: z.string().min(1).max(4096),
})

const component = z.looseObject({
  type: z.string().min(1).max(64),
  sub_type: z.string().max(64).optional(),
  index: z.union([z.string().max(16), z.int()]).optional(),
  parameters: z
    .array(z.looseObject({ type: z.string().min(1).max(64) }))
    .max(100)
    .optional(),
})

/** A message whose words the channel has approved beforehand; only its gaps are filled in. */
export const templateSchema = z
  .strictObject({
    name: z.string().min(1).max(512),
    language: z.string().min(1).max(64),
    namespace: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('handed to channels that take it, ignored by the others'),
    parameters: z
      .array(parameter)
      .max(100)
      .optional()
      .describe("in the template's order; at most one image, document or video and one button_url"),
    components: z
      .array(component)
      .max(20)
      .optional()
      .describe("the channel's own form, instead of `parameters`"),
  })
  .superRefine((template, context) => {
    for (const problem of templateProblems(template)) {
      context.addIssue({ code: 'custom', message: problem, path: ['parameters'] })
    }
  })

export type WrittenTemplate = z.infer<typeof templateSchema>

/** What no single field of a template shows. */
export function templateProblems(template: {
  readonly parameters?: readonly { readonly type: string }[] | undefined
  readonly components?: readonly unknown[] | undefined
}): string[] {
  const types = (template.parameters ?? []).map(({ type }) => type)
  const isMedia = (type: string) => (MEDIA_PARAMETERS as readonly string[]).includes(type)
  return [
    ...(types.filter(isMedia).length > 1 ? ['hold more than one image, document or video'] : []),
    ...(types.filter((type) => type === 'button_url').length > 1
      ? ['hold more than one button_url']
      : []),
    ...(types.length > 0 && template.components ? ['are given beside components: give one'] : []),
  ]
}

import { given } from '#core/given.ts'
import type { ChannelTemplate, TemplateParameter } from '#core/message.ts'
import type { Provider } from './settings.ts'

/**
 * A template as Meta takes it: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#template-object.
 * The namespace is of 360dialog's alone; the Cloud API has none.
 */
export function toTemplate(template: ChannelTemplate, provider: Provider): object {
  const { name, language, namespace, parameters = [] } = template
  const components = template.components ?? toComponents(parameters)
  return {
    name,
    language: { code: language },
    ...(provider === '360dialog' ? given({ namespace }) : {}),
    ...(components.length > 0 ? { components } : {}),
  }
}

/** Of a header with one file, the body's gaps in their order, and the first button's address. */
function toComponents(parameters: readonly TemplateParameter[]): object[] {
  const header = parameters.filter(isMedia).map(({ type, value }) => ({
    type: 'header',
    parameters: [{ type, [type]: { link: value } }],
  }))
  const body = parameters.filter(({ type }) => type === 'body').map(toText)
  const button = parameters.filter(({ type }) => type === 'button_url').map(toText)
  return [
    ...header.slice(0, 1),
    ...(body.length > 0 ? [{ type: 'body', parameters: body }] : []),
    ...(button.length > 0
      ? [{ type: 'button', sub_type: 'url', index: '0', parameters: button.slice(0, 1) }]
      : []),
  ]
}

function isMedia({ type }: TemplateParameter): boolean {
  return type === 'image' || type === 'document' || type === 'video'
}

/** Meta refuses line breaks, tabs and more than four spaces in a row (132018): each becomes a single space. */
function toText({ value }: TemplateParameter): object {
  return {
    type: 'text',
    text: value
      .replace(/[\n\r\t]/g, ' ')
      .replace(/ {5,}/g, ' ')
      .trim(),
  }
}

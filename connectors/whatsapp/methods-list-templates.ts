import { z } from 'zod'
import type { CallContext, ConnectorMethod } from '#core/connector.ts'
import { given } from '#core/given.ts'
import { isRecord } from '#core/json.ts'
import { parseParams } from '#core/params.ts'
import type { Frozen } from '#core/shapes/basic.ts'
import { listOf, textFields } from '#kit/json-answer.ts'
import { readPage } from './answers.ts'
import { callApi, type Outside } from './client.ts'
import type { CloudSettings, DialogSettings, WhatsAppSettings } from './settings.ts'

const PAGE_SIZE = 100
/** An account has at most 6 000 templates, most a few dozen. */
const MAX_TEMPLATES = 6000

const listParams = z.strictObject({
  name: z.string().min(1).max(512).optional(),
  status: z.string().min(1).max(64).optional(),
  limit: z.int().min(1).max(MAX_TEMPLATES).optional(),
})

type Filter = z.infer<typeof listParams>

/** As a portal gets it. Meta's words are in capitals (`APPROVED`, `UTILITY`), whichever provider gave them. */
const templateShape = z.strictObject({
  name: z.string(),
  language: z.string(),
  status: z.string(),
  category: z.string().exactOptional(),
  components: z.array(z.unknown()).describe("Meta's own"),
  namespace: z.string().exactOptional(),
})

type Template = Frozen<z.infer<typeof templateShape>>

const api = {
  summary: 'the message templates of the account',
  params: listParams,
  result: z.strictObject({ templates: z.array(templateShape), hasMore: z.boolean() }),
}

interface TemplatePage {
  readonly templates: readonly unknown[]
  readonly next?: string
}

/**
 * `listTemplates {name?, status?, limit?}` → `{templates: [{name, language, status, category, components, namespace?}],
 * hasMore}`. `name` is the whole name.
 */
export function listTemplatesMethod(outside: Outside): ConnectorMethod<WhatsAppSettings> {
  return {
    name: 'listTemplates',
    api,
    async run(params, { settings }, call) {
      const filter = parseParams(listParams, params)
      const limit = filter.limit ?? MAX_TEMPLATES
      const templates: Template[] = []
      let next: string | undefined = ''
      for (let page = 0; next !== undefined && page * PAGE_SIZE < MAX_TEMPLATES; page++) {
        const found: TemplatePage =
          settings.provider === 'cloud'
            ? await askCloud(outside, settings, filter, next, call)
            : await askDialog(outside, settings, next, call)
        templates.push(...found.templates.flatMap(toTemplate).filter((one) => fits(one, filter)))
        next = found.next
        if (templates.length > limit) break
      }
      const hasMore = next !== undefined || templates.length > limit
      return { templates: templates.slice(0, limit), hasMore }
    },
  }
}

/** https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/message_templates */
async function askCloud(
  outside: Outside,
  settings: CloudSettings,
  { name, status }: Filter,
  after: string,
  call: CallContext,
): Promise<TemplatePage> {
  const query = {
    fields: 'name,language,status,category,components',
    limit: String(PAGE_SIZE),
    ...given({ name }),
    ...(status ? { status: status.toUpperCase() } : {}),
    ...given({ after }),
  }
  const path = [settings.wabaId, 'message_templates']
  const answer = await callApi(outside, settings, { method: 'GET', path, query }, call)
  const { items, next } = readPage(answer)
  return { templates: items, ...given({ next }) }
}

/** https://docs.360dialog.com/docs/messaging-api/api-reference: pages by offset, with the number of all of them. */
async function askDialog(
  outside: Outside,
  settings: DialogSettings,
  after: string,
  call: CallContext,
): Promise<TemplatePage> {
  const offset = Number(after)
  const query = { limit: String(PAGE_SIZE), offset: String(offset) }
  const path = ['v1', 'configs', 'templates']
  const answer = await callApi(outside, settings, { method: 'GET', path, query }, call)
  const found = isRecord(answer) ? answer : {}
  const list = listOf(found['waba_templates'])
  const behind = offset + list.length
  const hasMore = list.length > 0 && behind < Number(found['total'] ?? 0)
  return { templates: list, ...(hasMore ? { next: String(behind) } : {}) }
}

function toTemplate(raw: unknown): Template[] {
  if (!isRecord(raw)) return []
  const text = textFields(raw)
  const [name, language] = [text('name'), text('language')]
  if (name === '' || language === '') return []
  const [category, namespace] = [text('category').toUpperCase(), text('namespace')]
  return [
    {
      name,
      language,
      status: text('status').toUpperCase(),
      ...given({ category }),
      components: listOf(raw['components']),
      ...given({ namespace }),
    },
  ]
}

/** Meta takes a name as part of one, and 360dialog is not asked at all. */
function fits({ name, status }: Template, filter: Filter): boolean {
  const isNamed = filter.name === undefined || filter.name === name
  return isNamed && (filter.status === undefined || filter.status.toUpperCase() === status)
}

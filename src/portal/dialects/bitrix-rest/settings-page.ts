import type { DoorLine } from '../../../core/dialect.ts'
import type { FieldFault } from '../../../core/errors.ts'
import { given } from '../../../core/given.ts'
import { isRecord, parseJson } from '../../../core/json.ts'
import { LINE_ID_PATTERN } from '../../../core/line.ts'
import type { Portal } from '../../../core/portal.ts'
import type { RouteReply } from '../../../core/route.ts'
import { logCallFailure, toCallFailure } from '../../call-failure.ts'
import type { Context } from './callers.ts'
import { type FormGrant, signForm } from './form-token.ts'
import { htmlReply, note } from './html.ts'
import { type FormFields, textAt } from './php-form.ts'
import { fromPortalConnector } from './portal-ids.ts'
import { type KnownConnector, realConnectors } from './register.ts'
import { chooserForm, FIELD, type SettingsView, settingsForm } from './settings-form.ts'
import type { Visitor } from './visitors.ts'
import { wordsFor } from './words.ts'

type Outcome = Pick<SettingsView, 'message' | 'faults' | 'entered'>

interface TestResult {
  readonly ok: boolean
  readonly channel: { readonly ok: boolean; readonly error?: { message: string; field?: string } }
  readonly portal: { readonly ok: boolean; readonly error?: { message: string } }
}

/** The page in the portal's frame on which an administrator connects a line. */
export class SettingsPage {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** The portal has opened its frame. Throws StoreUnavailableError. */
  async open(visitor: Visitor, query: URLSearchParams, form: FormFields): Promise<RouteReply> {
    const { portal } = visitor
    const options = readOptions(textAt(form, 'PLACEMENT_OPTIONS'))
    const line = idOf(options['LINE'])
    if (!LINE_ID_PATTERN.test(line))
      return this.#page(portal, note(wordsFor(portal.language).chooseLine))
    const named = fromPortalConnector(idOf(options['CONNECTOR'])) ?? query.get('connector') ?? ''
    return await this.#show(portal, { connector: named, line })
  }

  /** One of our own forms was sent. Throws StoreUnavailableError. */
  async submit(portal: Portal, grant: FormGrant, form: FormFields): Promise<RouteReply> {
    const { line } = grant
    const action = textAt(form, 'hub_action')
    if (grant.connector === undefined) {
      return await this.#show(portal, { connector: textAt(form, 'hub_connector'), line })
    }
    const of = { connector: grant.connector, line }
    const outcome =
      action === 'disconnect'
        ? await this.#disconnect(portal, of)
        : await this.#save(portal, of, form)
    return await this.#show(portal, of, outcome)
  }

  /** A form was sent after its time. */
  late(portal: Portal): RouteReply {
    const { language } = portal
    const words = wordsFor(language)
    const page = { language, title: words.settingsTitle, body: note(words.formLate, true) }
    return htmlReply(401, page, portal)
  }

  async #show(
    portal: Portal,
    of: { readonly connector: string; readonly line: string },
    outcome: Outcome = {},
  ): Promise<RouteReply> {
    const { clock, lines } = this.#context
    const connectors = await realConnectors(this.#context, portal)
    const connector = connectors.find(({ id }) => id === of.connector)
    if (!connector) {
      const token = signForm(portal, { line: of.line }, clock.now())
      return this.#page(portal, chooserForm(portal, connectors, token))
    }
    const address = { portalId: portal.id, connector: connector.id, line: of.line }
    // Its address is needed before there is anything to save: a person enters it at the channel first.
    const known = connector.capabilities.webhookInstall
      ? await lines.find(address)
      : await lines.reserve(address)
    const token = signForm(portal, of, clock.now())
    return this.#page(
      portal,
      settingsForm({ ...outcome, portal, connector, token, line: of.line, ...given({ known }) }),
    )
  }

  #page(portal: Portal, body: string): RouteReply {
    const { language } = portal
    return htmlReply(200, { language, title: wordsFor(language).settingsTitle, body }, portal)
  }

  async #save(
    portal: Portal,
    of: { readonly connector: string; readonly line: string },
    form: FormFields,
  ): Promise<Outcome> {
    const words = wordsFor(portal.language)
    const connectors = await realConnectors(this.#context, portal)
    const connector = connectors.find(({ id }) => id === of.connector)
    if (!connector) return {}
    const settings = readFields(connector, form)
    const entered = withoutSecrets(connector, settings)
    const saved = await this.#try(portal, 'saveSettings', { ...of, settings })
    if ('faults' in saved) return { ...saved, entered, message: bad(words.notSaved) }
    const tested = await this.#try(portal, 'testConnect', of)
    if ('faults' in tested) return { ...tested, entered, message: bad(words.testFailed) }
    const result = tested.result as TestResult
    if (!result.ok) return { ...toFaults(result, words), entered }
    return await this.#activate(portal, of)
  }

  /** The channel is connected: the portal is told to switch its line on, and whose account it is. */
  async #activate(
    portal: Portal,
    of: { readonly connector: string; readonly line: string },
  ): Promise<Outcome> {
    const words = wordsFor(portal.language)
    const line = await this.#context.lines.find({ portalId: portal.id, ...of })
    if (!line) return {}
    const speaker = this.#context.speakerOf(portal)
    const to = { portal, address: addressOf(line) }
    const signal = new AbortController().signal
    const on = await speaker.activate(to, true, signal)
    if (on.kind !== 'done') {
      const why = on.kind === 'failed' ? on.error : ''
      return { message: bad(`${words.activateFailed}: ${why}`) }
    }
    // Only for show: the line works without it.
    await speaker.describe(to, accountOf(line), signal)
    // What the portal has refused of a line that was not on need not wait for its next turn.
    await this.#try(portal, 'retryNow', of)
    return { message: { text: words.connected, isBad: false } }
  }

  async #disconnect(
    portal: Portal,
    of: { readonly connector: string; readonly line: string },
  ): Promise<Outcome> {
    const words = wordsFor(portal.language)
    const line = await this.#context.lines.find({ portalId: portal.id, ...of })
    if (!line) return { message: { text: words.disconnected, isBad: false } }
    const ended = await this.#try(portal, 'disconnect', of)
    if ('faults' in ended) return { ...ended, message: bad(words.notSaved) }
    const speaker = this.#context.speakerOf(portal)
    const to = { portal, address: addressOf(line) }
    await speaker.activate(to, false, new AbortController().signal)
    return { message: { text: words.disconnected, isBad: false } }
  }

  async #try(
    portal: Portal,
    method: string,
    params: object,
  ): Promise<{ readonly result: unknown } | { readonly faults: readonly FieldFault[] }> {
    try {
      return { result: await this.#context.call(portal, method, params) }
    } catch (error) {
      const failure = toCallFailure(error)
      if (failure.kind === 'unavailable') throw error
      logCallFailure(this.#context.log, error, { portalId: portal.id, method })
      const { fields = [{ field: failure.code, problem: failure.message }] } = failure
      return {
        faults: fields.map(({ field, problem }) => {
          return { field: field.replace(/^settings\./, ''), problem }
        }),
      }
    }
  }
}

function bad(text: string): { text: string; isBad: true } {
  return { text, isBad: true }
}

function toFaults({ channel, portal }: TestResult, words: ReturnType<typeof wordsFor>): Outcome {
  const { error } = channel
  if (!error) return { message: bad(`${words.portalFailed}: ${portal.error?.message ?? ''}`) }
  const message = bad(`${words.testFailed}: ${error.message}`)
  if (error.field === undefined) return { message }
  return { message, faults: [{ field: error.field, problem: error.message }] }
}

function readFields(connector: KnownConnector, form: FormFields): Record<string, string> {
  const entries = connector.fields.flatMap(({ key }) => {
    const value = form[FIELD + key]
    return typeof value === 'string' && value.trim() !== '' ? [[key, value.trim()] as const] : []
  })
  return Object.fromEntries(entries)
}

function withoutSecrets(
  connector: KnownConnector,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const secret = new Set(connector.fields.filter((one) => one.secret).map(({ key }) => key))
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !secret.has(key)))
}

function addressOf({ lineId, connector, line }: DoorLine) {
  return { lineId, connector, externalLine: line }
}

function accountOf({ identity, name, links }: DoorLine): Record<string, string> {
  const { url, chatUrl } = links
  return given({ ID: identity, NAME: name, URL: url, URL_IM: chatUrl }) as Record<string, string>
}

function readOptions(json: string): Record<string, unknown> {
  try {
    const options = parseJson(json)
    return isRecord(options) ? options : {}
  } catch {
    return {}
  }
}

function idOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

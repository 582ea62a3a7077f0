import { StoreUnavailableError } from '../../../core/errors.ts'
import { given } from '../../../core/given.ts'
import type { Portal } from '../../../core/portal.ts'
import { logCallFailure } from '../../call-failure.ts'
import type { Context } from './callers.ts'
import { type FormValue, textAt } from './php-form.ts'
import { fromPortalConnector } from './portal-ids.ts'

const PAGE = 200

interface LinePage {
  readonly items: readonly {
    readonly connector: string
    readonly line: string
    readonly status: string
  }[]
  readonly cursor?: string
}

/** What becomes of lines when the portal lets go of a connector, an open line, or the application as a whole. */
export class Departures {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** `OnImConnectorStatusDelete`: the connector was taken off a line. Throws StoreUnavailableError. */
  async connectorRemoved(portal: Portal, data: FormValue | undefined): Promise<void> {
    const id = textAt(data, 'connector') || textAt(data, 'CONNECTOR')
    const connector = fromPortalConnector(id)
    const line = textAt(data, 'line') || textAt(data, 'LINE')
    if (connector !== undefined && line !== '') await this.#disconnect(portal, { connector, line })
  }

  /** `OnImConnectorLineDelete`: the open line is gone. Throws StoreUnavailableError. */
  async lineRemoved(portal: Portal, data: FormValue | undefined): Promise<void> {
    const line = typeof data === 'string' ? data : textAt(data, 'line') || textAt(data, 'LINE')
    if (line === '') return
    for (const { connector } of await this.#context.lines.withExternalId(portal.id, line)) {
      await this.#disconnect(portal, { connector, line })
    }
  }

  /** The application is gone: nothing is called there any more. The lines follow. Throws StoreUnavailableError. */
  async uninstalled(portal: Portal): Promise<void> {
    const { log } = this.#context
    await this.#context.speakerOf(portal).rest.tokens.drop(portal.id)
    log.info(
      { event: 'portal.uninstalled', portalId: portal.id },
      'a portal has no application now',
    )
    // Each is a request to its channel. What a stop of the hub leaves of them, the next visit by the clock ends.
    this.disconnectAll(portal).catch((err: unknown) => {
      const fields = { event: 'portal.lines-left', portalId: portal.id, err }
      log.warn(fields, 'lines of a portal without application are left, it is tried again')
    })
  }

  /** Throws StoreUnavailableError. */
  async disconnectAll(portal: Portal, signal?: AbortSignal): Promise<void> {
    let cursor: string | undefined
    do {
      const params = { limit: PAGE, ...given({ cursor }) }
      const page = (await this.#context.call(portal, 'listLines', params)) as LinePage
      for (const { connector, line, status } of page.items) {
        if (signal?.aborted) return
        if (status !== 'disconnected') await this.#disconnect(portal, { connector, line })
      }
      cursor = page.cursor
    } while (cursor !== undefined)
  }

  async #disconnect(
    portal: Portal,
    of: { readonly connector: string; readonly line: string },
  ): Promise<void> {
    try {
      await this.#context.call(portal, 'disconnect', of)
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error
      // There may be no such line: the portal lets go of what it was never given, too.
      logCallFailure(this.#context.log, error, { portalId: portal.id, method: 'disconnect' })
    }
  }
}

import { ParamsError } from '../../core/errors.ts'
import { type LinePlace, placeOf } from '../../core/line-place.ts'
import { parseParams } from '../../core/params.ts'
import type { Portal } from '../../core/portal.ts'
import type { LineRecord } from '../../db/lines/lines.ts'
import { STANDARD } from '../../portal/methods/table.ts'
import type { Services } from '../../services.ts'
import { createMethodTable, createOutboxWriter } from '../../wiring.ts'
import { CommandError, UsageError, withServices } from '../context.ts'
import { requireLine } from '../line.ts'
import { unknownPortal } from '../portal-entry.ts'
import { describeFaults } from './faults.ts'

/** How a line is named on the command line. */
export type LineWords = readonly [portal: string, connector: string, line: string]

export interface JsonOption {
  readonly json?: boolean
}

/** Which option a param comes from, where they aren't named alike. */
export type OptionNames = Readonly<Record<string, string>>

/** A portal, whose remote methods the command line calls as the portal would: the same checks, the same results. */
export class CalledPortal {
  readonly services: Services
  readonly portal: Portal
  readonly #table: ReturnType<typeof createMethodTable>

  constructor(services: Services, portal: Portal) {
    this.services = services
    this.portal = portal
    this.#table = createMethodTable(services, createOutboxWriter(services))
  }

  /**
   * Throws UsageError where the words and options of the command aren't what the method takes, with the name of the option;
   * CommandError for what the method refuses otherwise.
   */
  async call<R>(method: string, params: object, names: OptionNames = {}): Promise<R> {
    const standard = STANDARD.find(({ name }) => name === method)
    try {
      if (standard) parseParams(standard.api.params, params)
    } catch (error) {
      if (!(error instanceof ParamsError)) throw error
      throw new UsageError(describeFaults(error, names), { cause: error })
    }
    try {
      return (await this.#table.call(this.portal, method, params)) as R
    } catch (error) {
      if (!(error instanceof ParamsError)) throw error
      throw new CommandError(describeFaults(error, names), { cause: error })
    }
  }
}

/** A line of it. Methods are told connector and line. */
export class CalledLine extends CalledPortal {
  readonly record: LineRecord
  readonly place: LinePlace

  constructor(services: Services, portal: Portal, record: LineRecord) {
    super(services, portal)
    this.record = record
    this.place = placeOf(record, portal)
  }

  /** As the params of methods name it. */
  get name(): { readonly connector: string; readonly line: string } {
    return { connector: this.record.connector, line: this.record.externalId }
  }

  override async call<R>(method: string, params: object = {}, names: OptionNames = {}): Promise<R> {
    return await super.call(method, { ...params, ...this.name }, names)
  }
}

export async function withPortal<T>(
  portalId: string,
  work: (portal: CalledPortal) => Promise<T>,
): Promise<T> {
  return await withServices(async (services) => {
    const portal = await services.portalDirectory.find(portalId)
    if (!portal) throw unknownPortal(portalId)
    return await work(new CalledPortal(services, portal))
  })
}

export async function withLine<T>(
  words: LineWords,
  work: (line: CalledLine) => Promise<T>,
): Promise<T> {
  return await withServices(async (services) => {
    const record = await requireLine(services, ...words)
    const portal = await services.portalDirectory.find(record.portalId)
    if (!portal) throw unknownPortal(record.portalId)
    return await work(new CalledLine(services, portal, record))
  })
}

import type { z } from 'zod'
import type { LinePlace } from '../../core/line-place.ts'
import type { Frozen } from '../../core/shapes/basic.ts'
import type {
  broadcastPageShape,
  runPageShape,
  runShape,
  saveBroadcastParams,
  savedBroadcastShape,
  startBroadcastParams,
  startedShape,
} from '../../core/shapes/broadcast.ts'
import type {
  JobParams,
  JobState,
  jobPageShape,
  jobShape,
  scheduledShape,
} from '../../core/shapes/job.ts'
import type {
  apiTokenPageShape,
  createdApiTokenShape,
  notificationPageShape,
  SaveNotificationParams,
  savedNotificationShape,
} from '../../core/shapes/notification.ts'
import type {
  savedScriptShape,
  savedTriggerShape,
  saveScriptParams,
  saveTriggerParams,
  scriptPageShape,
  scriptShape,
  testResultShape,
  testScriptParams,
  triggerPageShape,
  triggerShape,
} from '../../core/shapes/script.ts'

type Shape<S extends z.ZodType> = Promise<Frozen<z.infer<S>>>
type Input<S extends z.ZodType> = Omit<z.infer<S>, 'connector' | 'line'>
/** A script, trigger or broadcast by its code or its number. */
type Ref = string | number

interface Paging {
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** A portal, or one line of it. */
interface TokenPlace {
  readonly portalId: string
  readonly lineId?: number
}

/**
 * What the remote methods need of the communications. Throws ParamsError naming every fault, HubError `HUB_UNKNOWN_…`,
 * `HUB_IN_USE`, `HUB_WRONG_STATE`; StoreUnavailableError.
 */
export interface CommunicationsDesk {
  readonly scripts: {
    save(place: LinePlace, input: Input<typeof saveScriptParams>): Shape<typeof savedScriptShape>
    get(place: LinePlace, ref: Ref): Shape<typeof scriptShape>
    list(place: LinePlace, paging: Paging): Shape<typeof scriptPageShape>
    delete(place: LinePlace, ref: Ref): Promise<void>
    test(place: LinePlace, input: Input<typeof testScriptParams>): Shape<typeof testResultShape>
  }
  readonly triggers: {
    save(place: LinePlace, input: Input<typeof saveTriggerParams>): Shape<typeof savedTriggerShape>
    get(place: LinePlace, ref: Ref): Shape<typeof triggerShape>
    list(place: LinePlace, paging: Paging): Shape<typeof triggerPageShape>
    delete(place: LinePlace, ref: Ref): Promise<void>
  }
  readonly jobs: {
    schedule(place: LinePlace, params: JobParams): Shape<typeof scheduledShape>
    get(place: LinePlace, id: string): Shape<typeof jobShape>
    cancel(place: LinePlace, id: string): Shape<typeof jobShape>
    list(
      place: LinePlace,
      search: Paging & {
        readonly state?: JobState | undefined
        readonly lead?: number | undefined
      },
    ): Shape<typeof jobPageShape>
  }
  readonly broadcasts: {
    save(
      place: LinePlace,
      input: Input<typeof saveBroadcastParams>,
    ): Shape<typeof savedBroadcastShape>
    list(place: LinePlace, paging: Paging): Shape<typeof broadcastPageShape>
    delete(place: LinePlace, ref: Ref): Promise<void>
    /** `sample`: numbers of recipients. */
    preview(
      place: LinePlace,
      ref: Ref,
    ): Promise<{ readonly matches: number; readonly sample: readonly number[] }>
    start(place: LinePlace, input: Input<typeof startBroadcastParams>): Shape<typeof startedShape>
    runs(place: LinePlace, ref: Ref, paging: Paging): Shape<typeof runPageShape>
    run(place: LinePlace, id: string): Shape<typeof runShape>
    pause(place: LinePlace, id: string): Shape<typeof runShape>
    resume(place: LinePlace, id: string): Shape<typeof runShape>
    cancel(place: LinePlace, id: string): Shape<typeof runShape>
  }
  readonly notifications: {
    /** `place`: the destination's. */
    save(
      place: { readonly portalId: string; readonly lineId: number },
      input: SaveNotificationParams,
    ): Shape<typeof savedNotificationShape>
    list(portalId: string, paging: Paging): Shape<typeof notificationPageShape>
    delete(portalId: string, id: number): Promise<void>
    regenerate(portalId: string, id: number): Shape<typeof savedNotificationShape>
  }
  readonly tokens: {
    create(place: TokenPlace, name: string): Shape<typeof createdApiTokenShape>
    list(place: TokenPlace, paging: Paging): Shape<typeof apiTokenPageShape>
    /** False if there is no such token. */
    revoke(place: TokenPlace, id: number): Promise<boolean>
  }
}

import { placeOf } from '../../core/line-place.ts'
import type { MethodApi } from '../../core/method-api.ts'
import { doneShape, type Frozen } from '../../core/shapes/basic.ts'
import {
  listParams,
  namedParams,
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
import type { CommunicationsDesk } from './communications-desk.ts'
import { lineMethod, type Method } from './method.ts'

interface OfLine {
  readonly connector: string
  readonly line: string
}

/** A method about the communications of a line, whatever the line's status. */
export function commMethod<P extends OfLine, R>(
  name: string,
  api: MethodApi<P, R>,
  run: (
    desk: CommunicationsDesk,
    place: ReturnType<typeof placeOf>,
    params: Omit<P, 'connector' | 'line'>,
  ) => Promise<Frozen<R>>,
): Method {
  return lineMethod(name, api, async (params, record, { communications, portal }) => {
    const { connector: _, line: __, ...rest } = params
    return await run(communications, placeOf(record, portal), rest)
  })
}

/** `code` and `id` both name it; the params let one of them pass. */
const refOf = ({
  code,
  id,
}: {
  readonly code?: string | number | undefined
  readonly id?: number | undefined
}) => code ?? id ?? ''

const saveScript = commMethod(
  'saveScript',
  {
    summary: 'saves a script under its code; jobs that run keep the version they began with',
    params: saveScriptParams,
    result: savedScriptShape,
  },
  ({ scripts }, place, params) => scripts.save(place, params),
)

const getScript = commMethod(
  'getScript',
  { summary: 'a script with its steps', params: namedParams, result: scriptShape },
  ({ scripts }, place, params) => scripts.get(place, refOf(params)),
)

const listScripts = commMethod(
  'listScripts',
  { summary: "the line's scripts, by code", params: listParams, result: scriptPageShape },
  ({ scripts }, place, params) => scripts.list(place, params),
)

const deleteScript = commMethod(
  'deleteScript',
  {
    summary: 'deletes a script that no trigger and no broadcast uses; jobs that run it end',
    params: namedParams,
    result: doneShape,
  },
  async ({ scripts }, place, params) => {
    await scripts.delete(place, refOf(params))
    return { ok: true }
  },
)

const testScript = commMethod(
  'testScript',
  {
    summary: 'what a script would send and do for a recipient; sends nothing',
    params: testScriptParams,
    result: testResultShape,
  },
  ({ scripts }, place, params) => scripts.test(place, params),
)

const saveTrigger = commMethod(
  'saveTrigger',
  {
    summary: 'saves what starts a script when something happens',
    params: saveTriggerParams,
    result: savedTriggerShape,
  },
  ({ triggers }, place, params) => triggers.save(place, params),
)

const getTrigger = commMethod(
  'getTrigger',
  { summary: 'a trigger with its steps', params: namedParams, result: triggerShape },
  ({ triggers }, place, params) => triggers.get(place, refOf(params)),
)

const listTriggers = commMethod(
  'listTriggers',
  { summary: "the line's triggers, by code", params: listParams, result: triggerPageShape },
  ({ triggers }, place, params) => triggers.list(place, params),
)

const deleteTrigger = commMethod(
  'deleteTrigger',
  {
    summary: 'deletes a trigger; what it has started goes on',
    params: namedParams,
    result: doneShape,
  },
  async ({ triggers }, place, params) => {
    await triggers.delete(place, refOf(params))
    return { ok: true }
  },
)

export const SCRIPT_METHODS = [
  saveScript,
  getScript,
  listScripts,
  deleteScript,
  testScript,
  saveTrigger,
  getTrigger,
  listTriggers,
  deleteTrigger,
] as const

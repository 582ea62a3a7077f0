import { z } from 'zod'
import { statusShape } from '../../core/shapes/line.ts'
import { addressOf, lineParams, portalMethod } from './method.ts'

const api = {
  summary: "checks and stores a line's settings, making the line if need be",
  params: z.strictObject({
    ...lineParams,
    settings: z
      .record(z.string(), z.unknown())
      .describe('by the fields of listConnectors; a secret that is left out keeps its value'),
  }),
  result: statusShape,
}

/** Checks and stores a line's settings, making the line if need be. Never calls the channel. */
export const saveSettings = portalMethod(
  'saveSettings',
  api,
  async (params, { lineOperations, portal }) =>
    lineOperations.save(addressOf(portal, params), params.settings),
)

import { z } from 'zod'
import { addressOf, lineParams, portalMethod } from './method.ts'

const schema = z.strictObject({ ...lineParams, settings: z.record(z.string(), z.unknown()) })

/** Checks and stores a line's settings, making the line if need be. Never calls the channel. */
export const saveSettings = portalMethod(
  'saveSettings',
  schema,
  async (params, { lineOperations, portal }) =>
    lineOperations.save(addressOf(portal, params), params.settings),
)

import { z } from 'zod'
import { portalMethod } from './method.ts'

export const listLines = portalMethod(
  'listLines',
  z.strictObject({}),
  async (_params, { lineOperations, portal }) =>
    (await lineOperations.list(portal.id)).map(({ status }) => status),
)

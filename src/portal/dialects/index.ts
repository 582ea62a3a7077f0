import type { DialectDescriptor } from '../../core/dialect.ts'
import { bitrix } from './bitrix/index.ts'
import { bitrixRest } from './bitrix-rest/index.ts'
import { chatwoot } from './chatwoot/index.ts'
import { native } from './native/index.ts'

/** The makes of portal that the hub speaks with. A new one is a folder beside this file and a line here. */
export const dialects: readonly DialectDescriptor[] = [native, bitrix, bitrixRest, chatwoot]

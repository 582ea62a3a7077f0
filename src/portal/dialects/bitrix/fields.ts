import { hash } from 'node:crypto'
import type { FieldFault } from '../../../core/errors.ts'
import type { SettingField, SettingValues } from '../../../core/settings.ts'

const HEX_32 = '[0-9a-f]{32}'
const HOW_TO_GET =
  'step 1 of "hub portal dialects bitrix" prints it: 32 digits and letters a to f, lower case'
const HOW_TO_GET_RU =
  'его печатает шаг 1 команды «hub portal dialects bitrix»: 32 цифры и строчные буквы от a до f'

export const fields: readonly SettingField[] = [
  {
    key: 'licence',
    label: 'Licence hash',
    type: 'text',
    required: true,
    secret: false,
    pattern: HEX_32,
    help: `md5("BITRIX" + licence key + "LICENCE"), ${HOW_TO_GET}`,
    ru: {
      label: 'Хеш лицензии',
      help: `md5("BITRIX" + лицензионный ключ + "LICENCE"), ${HOW_TO_GET_RU}`,
    },
    isIdentifier: true,
  },
  {
    key: 'keyHash',
    label: 'Key hash',
    type: 'text',
    required: true,
    secret: true,
    pattern: HEX_32,
    help: `md5(licence key), never the key itself, ${HOW_TO_GET}`,
    ru: {
      label: 'Хеш ключа',
      help: `md5(лицензионный ключ), ни в коем случае не сам ключ, ${HOW_TO_GET_RU}`,
    },
  },
  {
    key: 'version',
    label: 'Version of the module imconnector',
    type: 'select',
    required: false,
    secret: false,
    default: 'auto',
    options: ['auto', '2019', '2026'],
    help: 'auto, the default: as the portal itself says with each call. 2019: versions 18 and 19',
    ru: {
      label: 'Версия модуля imconnector',
      help: 'auto, по умолчанию: как говорит сам портал при каждом обращении. 2019: версии 18 и 19',
    },
  },
]

/** Every spelling of a key that a portal without a licence has: whoever has read the manual can sign as such a portal. */
const PUBLIC_KEYS: ReadonlyMap<string, string> = new Map([
  ...spellings('demo').map((key) => [key, 'a trial licence (DEMO)'] as const),
  ['', 'an empty licence key'],
])
const PUBLIC_LICENCES: ReadonlyMap<string, string> = new Map(
  [...PUBLIC_KEYS].map(([key, what]) => [licenceOf(key), what]),
)
const PUBLIC_KEY_HASHES: ReadonlyMap<string, string> = new Map(
  [...PUBLIC_KEYS].map(([key, what]) => [hash('md5', key), what]),
)

/** What no field shows by itself: hashes that anybody can make, and the two in each other's place. */
export function checkSettings(values: SettingValues): readonly FieldFault[] {
  const { licence = '', keyHash = '' } = values
  const faults: FieldFault[] = []
  const publicLicence = PUBLIC_LICENCES.get(licence)
  if (publicLicence !== undefined) faults.push({ field: 'licence', problem: isOpen(publicLicence) })
  const publicKey = PUBLIC_KEY_HASHES.get(keyHash)
  if (publicKey !== undefined) faults.push({ field: 'keyHash', problem: isOpen(publicKey) })
  if (PUBLIC_KEY_HASHES.has(licence) || PUBLIC_LICENCES.has(keyHash)) {
    faults.push({ field: 'keyHash', problem: 'the two hashes stand in each other’s place' })
  }
  if (licence !== '' && licence === keyHash) {
    faults.push({
      field: 'keyHash',
      problem: 'is the licence hash again: the key hash is the second of the two',
    })
  }
  return faults
}

function isOpen(what: string): string {
  return `is that of ${what}, which anybody can sign with: the portal needs a licence key of its own`
}

function licenceOf(key: string): string {
  return hash('md5', `BITRIX${key}LICENCE`)
}

/** All ways to write a word in small and capital letters. */
function spellings(word: string): string[] {
  return [...word].reduce<string[]>(
    (all, letter) => all.flatMap((start) => [start + letter, start + letter.toUpperCase()]),
    [''],
  )
}

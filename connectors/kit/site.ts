import type { Line } from '#core/line.ts'
import { isOrigin } from '#core/origin.ts'

/** What the two channels that a site itself has share: origins of pages, and the line's own hash as its identity. */

/** As it stands in a setting: origins with commas between them. */
export function readOrigins(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => URL.parse(one)?.origin ?? one)
}

/** Says that one of them is no origin, or that there is none among the commas; undefined if all is well. */
export function originFault(value = ''): string | undefined {
  const all = value.split(',').map((one) => one.trim())
  const isEmpty = value.trim() !== '' && all.every((one) => one === '')
  return isEmpty || all.some((one) => one !== '' && !namesSite(one))
    ? 'must be origins with commas between them: https://shop.example, https://www.shop.example'
    : undefined
}

/** However it is written: with large letters, with letters of any language, with a slash at its end. */
function namesSite(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null &&
    isOrigin(url.origin) &&
    `${url.pathname}${url.search}${url.hash}${url.username}${url.password}` === '/'
  )
}

/** Nothing else names what is connected, and nobody else can have it. */
export function hashOf({ webhookUrl }: Pick<Line, 'webhookUrl'>): string {
  return URL.parse(webhookUrl)?.searchParams.get('hash') ?? ''
}

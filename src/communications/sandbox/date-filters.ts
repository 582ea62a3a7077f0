import type { FilterImplOptions, Liquid } from 'liquidjs'

const NAMES = [
  'date',
  'date_to_xmlschema',
  'date_to_rfc822',
  'date_to_string',
  'date_to_long_string',
]
const HAS_ZONE = /(?:Z|UTC|GMT|[+-]\d\d:?\d\d)(?:\s*\([^)]*\))?$/i
const WITH_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/
const BARE_DATE = /^[+-]?\d{4,6}(?:-\d\d){0,2}$/

/** Liquid's filters of dates, on every machine the same: "now" is the sandbox's, and times without a zone are in UTC. */
export function dateFilters(liquid: Liquid, readNow: () => number): [string, FilterImplOptions][] {
  return NAMES.map((name) => {
    const filter = liquid.filters[name]
    if (typeof filter !== 'function') throw new TypeError(`Liquid has no filter ${name}`)
    return [
      name,
      function (value, ...args) {
        const dated = withZone(value, readNow)
        const said: unknown = filter.call(this, dated, ...args)
        // What is no date comes back as it was given.
        return said === dated ? value : said
      },
    ]
  })
}

function withZone(value: unknown, readNow: () => number): unknown {
  if (typeof value !== 'string') return value
  const text = value.trim()
  if (text === 'now' || text === 'today') return readNow() / 1000
  if (/^\d+$/.test(text) || BARE_DATE.test(text) || HAS_ZONE.test(text)) return text
  return WITH_TIME.test(text) ? `${text.replace(' ', 'T')}Z` : `${text} UTC`
}

import { isMap, type PhpArray, type PhpValue } from './php-value.ts'

/** What the module sends in the place of what is empty. A portal is sent neither: what is empty is left out. */
const EMPTY = '#EMPTY#'
const EMPTY_ARRAY = '#EMPTY_ARRAY#'

/** What a text stands for that may be a stub. */
export function fromStub(text: string): PhpValue {
  if (text === EMPTY) return ''
  return text === EMPTY_ARRAY ? [] : text
}

/** The value as it was before the module put its stubs in: at any depth, keys left alone. */
export function withoutStubs(value: PhpValue): PhpValue {
  if (typeof value === 'string') return fromStub(value)
  if (Array.isArray(value)) return value.map(withoutStubs)
  if (!isMap(value)) return value
  return new Map([...value].map(([key, member]) => [key, withoutStubs(member)])) as PhpArray
}

/** Text that a portal would take for nothing: a message of nothing but a stub would be lost there. */
export function isStub(text: string): boolean {
  return text === EMPTY || text === EMPTY_ARRAY
}

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { isKnownProblem, problemText } from '../../../console/texts/errors.ts'

/** Where the hub says what is wrong with a field that a page of the console asks for. */
const PLACES = [
  'src/core/{settings,params,object-param,json-form,id-text,line-params,written-message,written-template}.ts',
  'src/core/shapes/*.ts',
  'src/lines/portal-*.ts',
  'src/outgoing/*.ts',
  'src/portal/methods/*.ts',
  'src/portal/dialects/*/fields.ts',
  'src/communications/{operations,jobs}/*.ts',
  'src/communications/script/{steps,step-kinds}.ts',
  'src/recipients/*.ts',
  'src/admin/**/*.ts',
  'connectors/*/settings.ts',
  'connectors/kit/*.ts',
]
/** A literal, and what says of some that they are no problem: descriptions, and errors of a whole call. */
const LITERAL =
  /(describe\(\s*|summary:\s*|help:\s*|reason:\s*|(?:en|ru):\s*|Error\(\s*(?:'HUB_\w+',\s*)?)?('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)/g
/** How they all begin, behind the name of the field. */
const BEGINNING =
  /^(is|are|must|has|have|holds?|names|needs?|give|can ?not|not an?|there is no|this (name|line)|unknown field|the (two|tag|recipient)|the name \$|its name|scripts run|please|say) ?\b.* /i
const NO_PROBLEMS: ReadonlySet<string> = new Set([
  'there is no such link, or its portal is gone',
  "there is no such thing, or it is somebody else's",
])

function problems(): readonly string[] {
  const found = new Set<string>()
  for (const file of globSync(PLACES)) {
    const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    for (const [, isOther, literal = ''] of code.matchAll(LITERAL)) {
      // What a problem is about may stand before it.
      const text = literal.slice(1, -1).replace(/^"\$\{[^}]*\}" /, '')
      if (isOther === undefined && BEGINNING.test(`${text} `)) found.add(text)
    }
  }
  return [...found].filter((text) => !NO_PROBLEMS.has(text))
}

describe('what the hub finds wrong with a field', () => {
  it('is said in both languages: a new one needs its words in console/texts/problems.ts', () => {
    const all = problems()
    assert.ok(all.length > 80, `only ${all.length}`)
    const missing = all.filter((text) => !isKnownProblem(text.replace(/\$\{[^}]*\}/g, 'x')))
    assert.deepEqual(missing, [])
  })

  it('is said in both languages where the checker of shapes says it', () => {
    const shape = z.strictObject({
      missing: z.string(),
      empty: z.string().min(1),
      short: z.string().min(3),
      long: z.string().max(2),
      few: z.array(z.string()).min(2),
      many: z.array(z.string()).max(1),
      low: z.number().min(5),
      positive: z.int().positive(),
      high: z.number().max(5),
      whole: z.int(),
      flag: z.boolean(),
      choice: z.enum(['a', 'b']),
      either: z.union([z.string(), z.number()]),
      form: z.string().regex(/^a$/),
      instant: z.iso.datetime(),
      address: z.url(),
    })
    const result = shape.safeParse({
      ...{ empty: '', short: 'a', long: 'abc', few: [], many: ['a', 'b'], low: 1, positive: 0 },
      ...{ high: 9, whole: 1.5, flag: 'x', choice: 'c', either: true, form: 'b', instant: 'x' },
      address: 'x',
    })
    const messages = result.error?.issues.map(({ message }) => message) ?? []
    assert.equal(messages.length, 16)
    assert.deepEqual(
      messages.filter((message) => !isKnownProblem(message)),
      [],
    )
    for (const message of messages) assert.match(problemText(message, 'ru'), /[а-я]/i, message)
  })

  it('names other fields by their labels, and quotes what it has no words for', () => {
    const again = 'is to be entered again, for apiRoot has changed'
    const labelOf = (key: string): string => `<${key}>`
    assert.equal(problemText(again, 'ru', labelOf), 'Введите заново: изменено поле «<apiRoot>».')
    assert.equal(
      problemText('"10.0.0.0/99" is not a CIDR such as 10.0.0.0/8', 'ru'),
      '10.0.0.0/99: Это не сеть вида 10.0.0.0/8.',
    )
    assert.equal(problemText('SyntaxError: $& }', 'ru'), 'Ответ: «SyntaxError: $& }»')
    assert.equal(problemText('SyntaxError: $& }', 'en'), 'SyntaxError: $& }')
  })
})

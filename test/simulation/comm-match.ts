import type { Drawn } from './comm-scripts.ts'

export interface Expected {
  /** All versions of each script that ever were. */
  versionsOf(code: string): readonly (readonly Drawn[])[]
  readonly n: number
  /** What the job was answered, in order. */
  readonly replies: readonly string[]
  /** What calls of the job were answered with. */
  readonly answers: ReadonlySet<string>
  /** It was broken off: what is missing at the end was not to be done any more. */
  readonly isBrokenOff: boolean
}

interface At {
  readonly pos: number
  readonly reply: number
}
type Next = (at: At) => boolean

/** Are these the texts of one run of the script: every step once, in order, along a way that the answers allow? */
export function matches(texts: readonly string[], code: string, expected: Expected): boolean {
  const matcher = new Matcher(texts, expected)
  const end: Next = ({ pos, reply }) =>
    pos === texts.length && (expected.isBrokenOff || reply === expected.replies.length)
  return matcher.script(code, { pos: 0, reply: 0 }, end)
}

/** Tries the ways through a script one after another, as for a regular expression. */
class Matcher {
  readonly #texts: readonly string[]
  readonly #expected: Expected

  constructor(texts: readonly string[], expected: Expected) {
    this.#texts = texts
    this.#expected = expected
  }

  script(code: string, at: At, next: Next): boolean {
    return this.#expected.versionsOf(code).some((steps) => this.#list(steps, 0, at, next))
  }

  #list(steps: readonly Drawn[], index: number, at: At, next: Next): boolean {
    if (this.#isOver(at)) return true
    const step = steps[index]
    if (!step) return next(at)
    return this.#step(step, at, (after) => this.#list(steps, index + 1, after, next))
  }

  #isOver({ pos }: At): boolean {
    return this.#expected.isBrokenOff && pos === this.#texts.length
  }

  #step(step: Drawn, at: At, next: Next): boolean {
    switch (step.kind) {
      case 'wait':
      case 'tag':
        return next(at)
      case 'send':
        return this.#text(step.name, at, next)
      case 'code':
        return this.#text(`${step.name}.${step.isKeyed ? 'KK' : 'K'}`, at, next)
      case 'many':
        return this.#many(step, at, next)
      case 'ask':
        return this.#ask(step.name, at, next)
      case 'if':
        return this.#expected.n % 2 === 0
          ? this.#list(step.then, 0, at, next)
          : this.#text(`${step.name}.F`, at, next)
      case 'call':
        return this.#call(step, at, next)
      case 'run':
        return this.script(step.script, at, next)
    }
  }

  #text(name: string, at: At, next: Next): boolean {
    if (this.#isOver(at)) return true
    return this.#texts[at.pos] === name && next({ ...at, pos: at.pos + 1 })
  }

  #many({ name, count }: Extract<Drawn, { kind: 'many' }>, at: At, next: Next): boolean {
    for (let index = 0; index < count; index++) {
      if (this.#isOver({ ...at, pos: at.pos + index })) return true
      if (this.#texts[at.pos + index] !== `${name}.${index}`) return false
    }
    return next({ ...at, pos: at.pos + count })
  }

  /** The answer, or the time-out; where an earlier answer shows, it went on by the time-out. */
  #ask(name: string, at: At, next: Next): boolean {
    return this.#text(`${name}.Q`, at, (asked) => {
      const isLate = (after: At): boolean => {
        if (this.#isOver(after)) return true
        const isShown = this.#texts[after.pos]?.startsWith(`${name}.A:`) === true
        return isShown && next({ ...after, pos: after.pos + 1 })
      }
      const reply = this.#expected.replies[asked.reply]
      if (reply === undefined) return this.#text(`${name}.L`, asked, isLate)
      const answered = { ...asked, reply: asked.reply + 1 }
      if (this.#text(`${name}.A:${reply}`, answered, next)) return true
      return this.#text(`${name}.L`, asked, isLate)
    })
  }

  #call({ name, isCaught }: Extract<Drawn, { kind: 'call' }>, at: At, next: Next): boolean {
    if (this.#isOver(at)) return true
    const [, shown] = this.#texts[at.pos]?.split(`${name}.C:`) ?? []
    if (shown !== undefined) {
      return this.#expected.answers.has(shown) && next({ ...at, pos: at.pos + 1 })
    }
    if (!isCaught) return false
    return this.#text(`${name}.X`, at, (after) => {
      if (this.#isOver(after)) return true
      const isShown = this.#texts[after.pos]?.startsWith(`${name}.C:`) === true
      return isShown && next({ ...after, pos: after.pos + 1 })
    })
  }
}

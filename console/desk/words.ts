import type { Language, Words } from '../../src/core/language.ts'

/** A text whose form goes with a number `n`, by the categories of Intl.PluralRules. */
export interface Counted {
  readonly en: { readonly one: string; readonly other: string }
  readonly ru: { readonly one: string; readonly few: string; readonly many: string }
}

export type Text = Words | Counted
/** What is put in the place of `{name}`. */
export type Values = Readonly<Record<string, string | number>>

/** A text in a language, with its values in. Numbers are written as the language writes them. */
export function speak(text: Text, language: Language, values: Values = {}): string {
  const form = text[language]
  const pattern = typeof form === 'string' ? form : pickForm(form, language, Number(values['n']))
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    if (value === undefined) return whole
    return typeof value === 'number'
      ? new Intl.NumberFormat(language).format(value)
      : isolate(value)
  })
}

function pickForm(forms: Counted[Language], language: Language, n: number): string {
  const byCategory: Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> = forms
  const category = new Intl.PluralRules(language).select(n)
  return byCategory[category] ?? byCategory.many ?? byCategory.other ?? ''
}

const RIGHT_TO_LEFT =
  /\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Syriac}|\p{Script=Thaana}|[\u202a-\u202e\u2066-\u2069]/u

/** A name that is written from the right must not turn around what stands beside it. */
export function isolate(value: string): string {
  return RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value
}

/** Begins with a capital, unless it begins with what is to be typed as it stands. */
export function capitalize(text: string): string {
  return /^\p{Ll}[^\s:/]*(\s|$)/u.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text
}

/** Words that stand beside a field, as a sentence; what is to be typed as it stands gets no stop behind it. */
export function asSentence(text: string): string {
  const endsInWord = /(?:^|\s)[(«“]?\p{L}[\p{L}’'-]*[)»”]?$/u.test(text)
  return endsInWord ? `${capitalize(text)}.` : capitalize(text)
}

/** What people are spoken to in. */
export const LANGUAGES = ['en', 'ru'] as const
export type Language = (typeof LANGUAGES)[number]

/** The same words in every language. */
export type Words = Readonly<Record<Language, string>>

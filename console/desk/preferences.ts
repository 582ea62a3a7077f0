import { effect, signal } from '@preact/signals'
import { LANGUAGES, type Language } from '../../src/core/language.ts'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const LANGUAGE_KEY = 'hub.language'
const THEME_KEY = 'hub.theme'

/** Language and theme as the reader chose them, kept by the browser; until then as the browser itself is. */
export class Preferences {
  readonly language = signal<Language>(storedLanguage() ?? browserLanguage())
  readonly theme = signal<Theme>(storedTheme())

  constructor() {
    effect(() => {
      document.documentElement.lang = this.language.value
    })
    effect(() => {
      document.documentElement.dataset['theme'] = this.theme.value
    })
  }

  choose(language: Language): void {
    this.language.value = language
    keep(LANGUAGE_KEY, language)
  }

  /** What a link was made for holds until the reader chooses. */
  suggest(language: Language): void {
    if (!storedLanguage()) this.language.value = language
  }

  paint(theme: Theme): void {
    this.theme.value = theme
    keep(THEME_KEY, theme)
  }
}

function browserLanguage(): Language {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase())
  const known = wanted.map((tag) => LANGUAGES.find((language) => language === tag))
  return known.find((language) => language !== undefined) ?? 'en'
}

function storedLanguage(): Language | undefined {
  return LANGUAGES.find((language) => language === read(LANGUAGE_KEY))
}

function storedTheme(): Theme {
  return THEMES.find((theme) => theme === read(THEME_KEY)) ?? 'auto'
}

/** A frame of another site may have no storage. */
function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // It holds for this visit, then.
  }
}

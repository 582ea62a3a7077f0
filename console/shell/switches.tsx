import type { Language } from '../../src/core/language.ts'
import { useDesk } from '../desk/desk.ts'
import { THEMES, type Theme } from '../desk/preferences.ts'
import { common } from '../texts/common.ts'

/** Each language by its own name, whatever the page speaks. */
const NAMES: Readonly<Record<Language, string>> = { en: 'English', ru: 'Русский' }
const THEME_WORDS = { auto: common.themeAuto, light: common.themeLight, dark: common.themeDark }

export function LanguageSwitch() {
  const { say, language, preferences } = useDesk()
  return (
    <select
      class="switch"
      aria-label={say(common.language)}
      value={language}
      onChange={(event) => preferences.choose(event.currentTarget.value as Language)}
    >
      {Object.entries(NAMES).map(([value, name]) => (
        <option key={value} value={value} lang={value}>
          {name}
        </option>
      ))}
    </select>
  )
}

export function ThemeSwitch() {
  const { say, preferences } = useDesk()
  return (
    <select
      class="switch"
      aria-label={say(common.theme)}
      value={preferences.theme.value}
      onChange={(event) => preferences.paint(event.currentTarget.value as Theme)}
    >
      {THEMES.map((theme) => (
        <option key={theme} value={theme}>
          {say(THEME_WORDS[theme])}
        </option>
      ))}
    </select>
  )
}

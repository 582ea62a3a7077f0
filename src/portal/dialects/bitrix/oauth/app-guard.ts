import type { Language } from '../../../../core/language.ts'
import { CommandError } from '../command-call.ts'
import { providerOf } from './oauth.ts'
import { type OAuthProviders, PROVIDERS } from './providers.ts'
import { OAUTH_TEXTS } from './texts.ts'

/** With a token of the Instagram login. */
const INSTAGRAM_ROOT = 'https://graph.instagram.com'

/**
 * The secret of the operator's app is one of the settings of a line that somebody has logged in for. It stays when a form
 * leaves it out, and goes to the line's API with its calls: a portal that could lead the line elsewhere would get it. So an
 * address that isn't Meta's is saved with a secret of its own only. That rests on what is about to be saved alone: what is
 * stored may change in the meantime. Throws CommandError.
 */
export function guardApp(
  { connector, settings, entered }: SavedForm,
  { roots, language }: { readonly roots: OAuthProviders; readonly language: Language },
): void {
  const { apiRoot } = settings
  if (providerOf(connector) !== 'meta' || !apiRoot || entered['appSecret'] !== undefined) return
  const own = [roots.meta.graphRoot, PROVIDERS.meta.graphRoot, INSTAGRAM_ROOT]
  if (own.includes(apiRoot.replace(/\/+$/, ''))) return
  throw new CommandError('APP_SECRET_REQUIRED', OAUTH_TEXTS[language].secretWithIt)
}

export interface SavedForm {
  readonly connector: string
  /** All that is to be saved. */
  readonly settings: Readonly<Record<string, string>>
  /** What of it stands in the form itself. */
  readonly entered: Readonly<Record<string, string>>
}

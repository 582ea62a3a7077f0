import type { Portal } from '../../../../core/portal.ts'
import { CommandError } from '../command-call.ts'
import { NO_ANSWER } from '../line-acts.ts'
import { OAuthRefusal, OAuthUnreachable } from './client.ts'
import { PROVIDER_NAMES } from './oauth.ts'
import { OAUTH_TEXTS } from './texts.ts'

/** Meta's codes: https://developers.facebook.com/docs/graph-api/guides/error-handling */
export const TOKEN_REFUSED = '190'

/** By this code alone a page shows its login again. */
const INVALID_TOKEN = 'CONNECTOR_MESSENGER_INVALID_OAUTH_ACCESS_TOKEN'

/** What a page shows of an error of Meta's; anything else is given back as it is. `data`: what the page needs all the same. */
export function toCommandError({ language }: Portal, error: unknown, data?: object): unknown {
  const texts = OAUTH_TEXTS[language]
  const { title } = PROVIDER_NAMES.meta
  if (error instanceof OAuthUnreachable) {
    return new CommandError(NO_ANSWER, texts.unreachable(title), data)
  }
  if (!(error instanceof OAuthRefusal)) return error
  if (error.code === TOKEN_REFUSED) return new CommandError(INVALID_TOKEN, texts.loginAgain, data)
  return new CommandError('PROVIDER_REFUSED', texts.refused(title, error.message), data)
}

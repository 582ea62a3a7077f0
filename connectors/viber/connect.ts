import type { CallContext, ConnectorContext, ConnectReport } from '#core/connector.ts'
import { given } from '#core/given.ts'
import type { Line } from '#core/line.ts'
import { addressField, reportConnect, unreachable } from '#kit/connect-report.ts'
import { textFields } from '#kit/json-answer.ts'
import { callApi } from './client.ts'
import { DEFAULT_API_ROOT, type ViberSettings } from './settings.ts'

/** Asks Viber whose token this is. The identity is the account's id, `pa:…`, which outlives its tokens. */
export function testConnect(
  context: ConnectorContext,
  { id: lineId, settings, webhookUrl }: Line<ViberSettings>,
  { signal }: CallContext,
): Promise<ConnectReport> {
  const field = addressField(settings.apiRoot, DEFAULT_API_ROOT)
  return reportConnect({ signal, addressField: field }, async () => {
    const ask = { method: 'get_account_info', body: {} }
    const account = textFields(await callApi(context, settings, ask, { signal }))
    const [identity, name, webhook] = [account('id'), account('name'), account('webhook')]
    if (identity === '') {
      return unreachable('the address answers, but not as the Bot API of Viber', field)
    }
    if (webhook !== '' && webhook !== webhookUrl) {
      context.log.warn(
        { event: 'viber.webhook-taken-over', lineId },
        'the account has a webhook elsewhere, which the test replaces',
      )
    }
    return { ok: true, identity, ...given({ name }) }
  })
}

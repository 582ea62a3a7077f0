import type { MadePortal } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { CopyButton, CopyField } from '../../parts/copy.tsx'
import { ButtonLink } from '../../parts/link.tsx'
import { Card } from '../../parts/page.tsx'
import { Notice } from '../../parts/states.tsx'
import { portals } from '../../texts/portals.ts'

/** A portal that was just added: its secret, this once, and what to do with it. */
export function MadePortalCards({ made }: { readonly made: MadePortal }) {
  const { say, session } = useDesk()
  const { portal, secret, nextSteps } = made
  const publicUrl = session.value?.hub.publicUrl ?? location.origin
  return (
    <>
      {secret !== undefined && <SecretCard secret={secret} portalId={portal.id} />}
      {nextSteps.length > 0 && (
        <Card title={say(portals.nextSteps)}>
          <ol class="plain-list">
            {nextSteps.map((step) => (
              <li key={step} class="prose">
                {step}
              </li>
            ))}
          </ol>
        </Card>
      )}
      {secret !== undefined && <Example hub={publicUrl} portalId={portal.id} secret={secret} />}
      <div class="row buttons">
        <ButtonLink href={hrefOf('/connect', { portal: portal.id })} icon="plug" isPrimary>
          {say(portals.thenConnect)}
        </ButtonLink>
        <ButtonLink href={hrefOf(`/portals/${portal.id}`)}>{say(portals.toPortal)}</ButtonLink>
      </div>
    </>
  )
}

export function SecretCard({
  secret,
  portalId,
}: {
  readonly secret: string
  readonly portalId: string
}) {
  const { say, session } = useDesk()
  const publicUrl = session.value?.hub.publicUrl ?? location.origin
  return (
    <Card>
      <div class="stack">
        <Notice tone="warn" title={say(portals.secretTitle)}>
          <p>{say(portals.secretHint)}</p>
        </Notice>
        <CopyField label={say(portals.secret)} value={secret} />
        <CopyField label={say(portals.id)} value={portalId} />
        <CopyField label={say(portals.callsTo)} value={`${publicUrl}/rpc/${portalId}`} />
      </div>
    </Card>
  )
}

interface ExampleProps {
  readonly hub: string
  readonly portalId: string
  readonly secret: string
}

function Example({ hub, portalId, secret }: ExampleProps) {
  const { say } = useDesk()
  const text = `body='{"jsonrpc":"2.0","id":1,"method":"ping"}'
id=req_$(openssl rand -hex 12); now=$(date +%s)
key=$(printf %s '${secret.replace(/^whsec_/, '')}' | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')
signature=$(printf %s "$id.$now.$body" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
curl -sS ${hub}/rpc/${portalId} -H 'content-type: application/json' \\
  -H "webhook-id: $id" -H "webhook-timestamp: $now" \\
  -H "webhook-signature: v1,$signature" --data-binary "$body"`
  return (
    <Card
      title={say(portals.example)}
      actions={<CopyButton value={text} what={say(portals.example)} />}
    >
      <div class="stack tight">
        <p class="muted">{say(portals.exampleHint)}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
        <pre tabIndex={0}>{text}</pre>
      </div>
    </Card>
  )
}

import { useState } from 'preact/hooks'
import type { Dialect, PortalItem, PortalTestResult } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { faultMap } from '../../desk/fields.ts'
import { hrefOf } from '../../desk/place.ts'
import { useAction } from '../../desk/use-action.ts'
import { useLoad } from '../../desk/use-load.ts'
import { focusFault } from '../../desk/use-settings.ts'
import { Button } from '../../parts/button.tsx'
import { ButtonLink } from '../../parts/link.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { Await, Notice } from '../../parts/states.tsx'
import { common } from '../../texts/common.ts'
import { portals } from '../../texts/portals.ts'
import { PortalActions } from './portal-actions.tsx'
import { PortalForm, usePortalForm } from './portal-form.tsx'
import { PortalBadge } from './portals-page.tsx'

export function PortalPage({ id }: { readonly id: string }) {
  const { say, api, isOperator } = useDesk()
  const portal = useLoad((stop) => api.portal(id, stop), [id])
  const dialects = useLoad(isOperator ? api.dialects : async () => [], [])
  const { data } = portal
  return (
    <Page
      title={data?.name ?? say(common.portal)}
      {...(isOperator && { above: { path: '/portals', title: say(portals.title) } })}
      isNarrow
      actions={
        data && (
          <>
            <PortalBadge state={data.state} />
            <ButtonLink href={hrefOf('/lines', isOperator ? { portal: id } : {})} icon="lines">
              {say(portals.showLines)}
            </ButtonLink>
          </>
        )
      }
    >
      <Await of={portal}>
        {(item) => (
          <>
            <TestCard portal={item} />
            {isOperator && dialects.data ? (
              <>
                <EditCard
                  key={`${item.name} ${item.url}`}
                  portal={item}
                  dialects={dialects.data}
                  onSaved={portal.put}
                />
                <PortalActions portal={item} onChanged={portal.reload} />
              </>
            ) : (
              <Facts portal={item} />
            )}
          </>
        )}
      </Await>
    </Page>
  )
}

function TestCard({ portal: { id } }: { readonly portal: PortalItem }) {
  const { say, api } = useDesk()
  const [result, setResult] = useState<PortalTestResult>()
  const test = useAction(async () => {
    setResult(undefined)
    setResult(await api.testPortal(id))
    return undefined
  })
  return (
    <Card title={say(portals.testTitle)}>
      <div class="stack tight">
        <p class="muted">{say(portals.testHint)}</p>
        <div class="row">
          <Button icon="send" isBusy={test.isBusy} onClick={() => void test.run()}>
            {say(portals.test)}
          </Button>
        </div>
        <div role="status">
          {result?.ok && (
            <Notice
              tone="good"
              title={say(portals.testOk, { ms: Math.round(result.latencyMs ?? 0) })}
            />
          )}
          {result && !result.ok && (
            <Notice tone="bad" title={say(portals.testBad)}>
              <p>{say(common.inItsWords, { words: result.error?.message ?? '' })}</p>
            </Notice>
          )}
        </div>
      </div>
    </Card>
  )
}

function Facts({ portal: { id, url } }: { readonly portal: PortalItem }) {
  const { say } = useDesk()
  return (
    <Card>
      <dl class="facts">
        <dt>{say(portals.url)}</dt>
        <dd>{url}</dd>
        <dt>{say(portals.id)}</dt>
        <dd>
          <code>{id}</code>
        </dd>
      </dl>
    </Card>
  )
}

interface EditCardProps {
  readonly portal: PortalItem
  readonly dialects: readonly Dialect[]
  readonly onSaved: (portal: PortalItem) => void
}

function EditCard({ portal, dialects, onSaved }: EditCardProps) {
  const { say, api } = useDesk()
  const form = usePortalForm(dialects, portal)
  const save = useAction(async () => {
    const body = form.read()
    if (!body) return undefined
    const saved = await api.editPortal(portal.id, body)
    form.settle()
    onSaved(saved)
    return { done: portals.saved }
  })
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    await save.run()
    focusFault()
  }
  return (
    <Card title={say(portals.settings)}>
      <form class="stack loose" onSubmit={(event) => void submit(event)} noValidate>
        <PortalForm form={form} dialects={dialects} faults={faultMap(save.faults)} isNew={false} />
        <div class="row">
          <Button kind="primary" type="submit" isBusy={save.isBusy}>
            {say(common.save)}
          </Button>
        </div>
      </form>
    </Card>
  )
}

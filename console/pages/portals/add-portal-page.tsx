import { useState } from 'preact/hooks'
import type { Dialect, MadePortal } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { faultMap } from '../../desk/fields.ts'
import { useAction } from '../../desk/use-action.ts'
import { useLoad } from '../../desk/use-load.ts'
import { focusFault } from '../../desk/use-settings.ts'
import { Button } from '../../parts/button.tsx'
import { Card, Page } from '../../parts/page.tsx'
import { Await, Notice } from '../../parts/states.tsx'
import { portals } from '../../texts/portals.ts'
import { MadePortalCards } from './made-portal.tsx'
import { PortalForm, usePortalForm } from './portal-form.tsx'

export function AddPortalPage() {
  const { say, api } = useDesk()
  const dialects = useLoad(api.dialects, [])
  const [made, setMade] = useState<MadePortal>()
  const above = { path: '/portals', title: say(portals.title) }
  if (made) {
    const title = say(portals.madeTitle, { name: made.portal.name })
    return (
      <Page title={title} above={above} isNarrow>
        <MadePortalCards made={made} />
      </Page>
    )
  }
  return (
    <Page title={say(portals.add)} hint={say(portals.hint)} above={above} isNarrow>
      <Card>
        <Await of={dialects}>{(list) => <AddForm dialects={list} onMade={setMade} />}</Await>
      </Card>
    </Page>
  )
}

interface AddFormProps {
  readonly dialects: readonly Dialect[]
  readonly onMade: (made: MadePortal) => void
}

function AddForm({ dialects, onMade }: AddFormProps) {
  const { say, api, explain } = useDesk()
  const form = usePortalForm(dialects)
  const add = useAction(
    async () => {
      const body = form.read()
      if (body) onMade(await api.addPortal(body))
      return undefined
    },
    { isQuiet: true },
  )
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    await add.run()
    focusFault()
  }
  return (
    <form class="stack loose" onSubmit={(event) => void submit(event)} noValidate>
      <PortalForm form={form} dialects={dialects} faults={faultMap(add.faults)} isNew />
      {add.error !== undefined && <Notice tone="bad" title={explain(add.error)} />}
      <div class="row">
        <Button kind="primary" type="submit" isBusy={add.isBusy}>
          {say(portals.save)}
        </Button>
      </div>
    </form>
  )
}

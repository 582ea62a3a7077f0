import { useState } from 'preact/hooks'
import type { PortalItem, RotatedSecret } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { formatMoment } from '../../desk/format.ts'
import { useAction } from '../../desk/use-action.ts'
import { Button } from '../../parts/button.tsx'
import { Confirm } from '../../parts/dialog.tsx'
import { Card } from '../../parts/page.tsx'
import { Notice } from '../../parts/states.tsx'
import { common } from '../../texts/common.ts'
import { portals } from '../../texts/portals.ts'
import { SecretCard } from './made-portal.tsx'
import { RemoveDialog } from './remove-dialog.tsx'

interface PortalActionsProps {
  readonly portal: PortalItem
  readonly onChanged: () => void
}

/** What is done seldom, and asked before. */
export function PortalActions({ portal, onChanged }: PortalActionsProps) {
  const { say } = useDesk()
  const [asked, setAsked] = useState<'rotate' | 'disable' | 'remove'>()
  const [rotated, setRotated] = useState<RotatedSecret>()
  const close = (): void => setAsked(undefined)
  const isOff = portal.state === 'disabled'
  return (
    <>
      {rotated && <Rotated rotated={rotated} portalId={portal.id} />}
      <Card title={say(common.actions)}>
        <div class="row buttons">
          <Button icon="key" onClick={() => setAsked('rotate')}>
            {say(portals.rotate)}
          </Button>
          {isOff ? (
            <EnableButton portal={portal} onChanged={onChanged} />
          ) : (
            <Button icon="pause" onClick={() => setAsked('disable')}>
              {say(portals.disable)}
            </Button>
          )}
          <Button kind="danger" icon="trash" onClick={() => setAsked('remove')}>
            {say(portals.remove)}
          </Button>
        </div>
      </Card>
      {asked === 'rotate' && (
        <RotateDialog portal={portal} onRotated={setRotated} onClose={close} />
      )}
      {asked === 'disable' && (
        <DisableDialog portal={portal} onChanged={onChanged} onClose={close} />
      )}
      {asked === 'remove' && <RemoveDialog portal={portal} onClose={close} />}
    </>
  )
}

function Rotated({
  rotated,
  portalId,
}: {
  readonly rotated: RotatedSecret
  readonly portalId: string
}) {
  const { say, language } = useDesk()
  const when = formatMoment(rotated.oldValidUntil, language)
  return (
    <>
      <Notice tone="good" title={say(portals.rotated)}>
        <p>{say(portals.oldUntil, { when })}</p>
      </Notice>
      {rotated.secret !== undefined && <SecretCard secret={rotated.secret} portalId={portalId} />}
    </>
  )
}

function EnableButton({ portal, onChanged }: PortalActionsProps) {
  const { say, api } = useDesk()
  const enable = useAction(async () => {
    await api.switchPortal(portal.id, 'enable')
    onChanged()
    return { done: portals.wasEnabled }
  })
  return (
    <Button icon="play" isBusy={enable.isBusy} onClick={() => void enable.run()}>
      {say(portals.enable)}
    </Button>
  )
}

function DisableDialog({
  portal,
  onChanged,
  onClose,
}: PortalActionsProps & { readonly onClose: () => void }) {
  const { say, api } = useDesk()
  const disable = useAction(async () => {
    await api.switchPortal(portal.id, 'disable')
    onChanged()
    onClose()
    return { done: portals.wasDisabled }
  })
  return (
    <Confirm
      title={say(portals.disableTitle, { name: portal.name.slice(0, 100) })}
      action={say(portals.disable)}
      isBusy={disable.isBusy}
      onConfirm={() => void disable.run()}
      onClose={onClose}
    >
      <p>{say(portals.disableText)}</p>
    </Confirm>
  )
}

interface RotateDialogProps {
  readonly portal: PortalItem
  readonly onRotated: (rotated: RotatedSecret) => void
  readonly onClose: () => void
}

function RotateDialog({ portal, onRotated, onClose }: RotateDialogProps) {
  const { say, api } = useDesk()
  const rotate = useAction(async () => {
    onRotated(await api.rotatePortal(portal.id))
    onClose()
    return { done: portals.rotated }
  })
  return (
    <Confirm
      title={say(portals.rotateTitle, { name: portal.name.slice(0, 100) })}
      action={say(portals.rotate)}
      isBusy={rotate.isBusy}
      onConfirm={() => void rotate.run()}
      onClose={onClose}
    >
      <p>{say(portals.rotateText)}</p>
    </Confirm>
  )
}

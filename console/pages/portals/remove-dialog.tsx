import { useState } from 'preact/hooks'
import type { PortalContents, PortalItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { hrefOf } from '../../desk/place.ts'
import { useAction } from '../../desk/use-action.ts'
import { useLoad } from '../../desk/use-load.ts'
import { Confirm } from '../../parts/dialog.tsx'
import { TextField } from '../../parts/field.tsx'
import { Await } from '../../parts/states.tsx'
import { portals } from '../../texts/portals.ts'

interface RemoveDialogProps {
  readonly portal: PortalItem
  readonly onClose: () => void
}

/** Names what is lost, and wants the name typed: nobody removes the wrong portal in passing. */
export function RemoveDialog({ portal: { id, name }, onClose }: RemoveDialogProps) {
  const { say, api, navigation } = useDesk()
  const contents = useLoad((stop) => api.portalContents(id, stop), [id])
  const [typed, setTyped] = useState('')
  const shown = name.slice(0, 100)
  const remove = useAction(async () => {
    await api.removePortal(id)
    onClose()
    navigation.go(hrefOf('/portals'), { asks: false })
    return { done: portals.wasRemoved, values: { name: shown } }
  })
  const isSure = typed.trim() === shown.trim()
  return (
    <Confirm
      title={say(portals.removeTitle, { name: shown })}
      action={say(portals.remove)}
      isBusy={remove.isBusy}
      isDisabled={!isSure}
      onConfirm={() => void remove.run()}
      onClose={onClose}
    >
      <p>{say(portals.removeText)}</p>
      <Await of={contents} rows={3}>
        {(lost) => <Lost contents={lost} />}
      </Await>
      <TextField label={say(portals.typeName)} hint={shown} value={typed} onInput={setTyped} />
    </Confirm>
  )
}

function Lost({ contents }: { readonly contents: PortalContents }) {
  const { say } = useDesk()
  const { lines, connected, events, messages, deadLetters } = contents
  const of = connected > 0 ? ` (${say(portals.lostConnected, { n: connected })})` : ''
  return (
    <ul class="plain-list">
      <li>
        {say(portals.lostLines, { n: lines })}
        {of}
      </li>
      {events > 0 && <li>{say(portals.lostEvents, { n: events })}</li>}
      {messages > 0 && <li>{say(portals.lostMessages, { n: messages })}</li>}
      {deadLetters > 0 && <li>{say(portals.lostDead, { n: deadLetters })}</li>}
    </ul>
  )
}

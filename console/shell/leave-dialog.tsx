import { useDesk } from '../desk/desk.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { common } from '../texts/common.ts'

/** Asks whoever is about to lose what he has typed. */
export function LeaveDialog() {
  const { say, unsaved } = useDesk()
  const question = unsaved.question.value
  if (!question) return null
  const { name, stay, leave } = question
  const shown = name.slice(0, 200) || say(common.thisForm)
  return (
    <Dialog
      title={say(common.leaveTitle)}
      onClose={stay}
      actions={
        <>
          <Button onClick={stay}>{say(common.stay)}</Button>
          <Button kind="danger" onClick={leave}>
            {say(common.leave)}
          </Button>
        </>
      }
    >
      <p>{say(common.leaveText, { name: shown })}</p>
    </Dialog>
  )
}

import type { ComponentChildren } from 'preact'
import { useDesk } from '../../desk/desk.ts'
import { Button } from '../../parts/button.tsx'
import { Link } from '../../parts/link.tsx'
import { common } from '../../texts/common.ts'
import { frame } from '../../texts/communications/frame.ts'

interface SaveBarProps {
  readonly back: string
  readonly isBusy: boolean
  readonly isChanged: boolean
  readonly onSave: () => void
  readonly children?: ComponentChildren
}

/** At the end of every form: save, back to the list, and what else can be done with it. */
export function SaveBar({ back, isBusy, isChanged, onSave, children }: SaveBarProps) {
  const { say } = useDesk()
  return (
    <div class="row wrap apart save-bar">
      <div class="row wrap">
        <Button kind="primary" isBusy={isBusy} onClick={onSave}>
          {say(common.save)}
        </Button>
        <Link href={back} class="button">
          {say(common.back)}
        </Link>
        {isChanged && <span class="muted small">{say(frame.unsaved)}</span>}
      </div>
      {children}
    </div>
  )
}

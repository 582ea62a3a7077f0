import { useState } from 'preact/hooks'
import type { LineItem } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { LineBadge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { nameOf } from '../../parts/line-name.tsx'
import { Name } from '../../parts/name.tsx'
import { PickDialog } from '../../parts/pick-dialog.tsx'
import { titleOf } from '../../texts/channels.ts'
import { frame } from '../../texts/communications/frame.ts'

const SHOWN = 20

interface LinePickerProps {
  readonly line: LineItem
  readonly onPick: (line: LineItem) => void
}

/** Whose communications are shown, and the way to those of another line. */
export function LinePicker({ line, onPick }: LinePickerProps) {
  const { say, api, scope } = useDesk()
  const [isOpen, setOpen] = useState(false)
  return (
    <div class="row wrap line-picker">
      <span class="muted">{say(frame.line)}:</span>
      <FullName line={line} />
      {scope.kind !== 'line' && (
        <Button isSmall onClick={() => setOpen(true)}>
          {say(frame.changeLine)}
        </Button>
      )}
      {isOpen && (
        <PickDialog<LineItem>
          title={say(frame.pickLine)}
          load={async (q, stop) => (await api.lines({ q, limit: SHOWN }, stop)).items}
          keyOf={({ id }) => String(id)}
          show={(one) => (
            <span class="row wrap tight-row">
              <FullName line={one} />
              <LineBadge line={one} />
            </span>
          )}
          empty={() => say(frame.nothingFound)}
          onPick={(one) => {
            setOpen(false)
            onPick(one)
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  )
}

function FullName({ line }: { readonly line: LineItem }) {
  const { say, isOperator } = useDesk()
  return (
    <span class="row tight-row shrink">
      {isOperator && (
        <span class="muted">
          <Name text={line.portal.name} />
        </span>
      )}
      <span class="nowrap">{say(titleOf(line.connector))}</span>
      <strong class="shrink">
        <Name text={nameOf(line)} />
      </strong>
    </span>
  )
}

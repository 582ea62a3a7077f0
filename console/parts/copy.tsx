import { useEffect, useState } from 'preact/hooks'
import { useDesk } from '../desk/desk.ts'
import { common } from '../texts/common.ts'
import { Button } from './button.tsx'

const SAID_MS = 2000

export function CopyButton({
  value,
  what,
  isBare = false,
}: {
  readonly value: string
  readonly what: string
  readonly isBare?: boolean
}) {
  const { say } = useDesk()
  const [isDone, setDone] = useState(false)
  useEffect(() => {
    if (!isDone) return
    const timer = setTimeout(() => setDone(false), SAID_MS)
    return () => clearTimeout(timer)
  }, [isDone])
  const copy = async (): Promise<void> => setDone(await write(value))
  const label = isDone ? say(common.copied) : say(common.copyThis, { what })
  return (
    <>
      <Button
        icon={isDone ? 'check' : 'copy'}
        isSmall
        {...(isBare && { kind: 'quiet' as const })}
        onClick={() => void copy()}
        {...(isBare && { label })}
      >
        {isBare ? undefined : isDone ? say(common.copied) : say(common.copy)}
      </Button>
      <span class="for-readers" role="status">
        {isDone ? say(common.copied) : ''}
      </span>
    </>
  )
}

/** A value that is to be copied somewhere, shown whole. */
export function CopyField({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <div class="copy-field">
      <span class="label">{label}</span>
      <div class="copy-box">
        <code class="grow">{value}</code>
        <CopyButton value={value} what={label} />
      </div>
    </div>
  )
}

/** Without HTTPS browsers have no clipboard; then it is done as it was before there was one. */
async function write(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value)
    return true
  } catch {
    return writeBySelection(value)
  }
}

function writeBySelection(value: string): boolean {
  const area = document.createElement('textarea')
  area.value = value
  area.className = 'for-readers'
  const holder = document.querySelector('dialog[open]') ?? document.body
  holder.append(area)
  area.select()
  const isDone = document.execCommand('copy')
  area.remove()
  return isDone
}

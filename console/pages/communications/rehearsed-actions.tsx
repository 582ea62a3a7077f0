import type { Rehearsal } from '../../api/types.ts'
import { useDesk } from '../../desk/desk.ts'
import { formatLength } from '../../desk/format.ts'
import { Prose } from '../../parts/name.tsx'
import { Notice } from '../../parts/states.tsx'
import { actionKinds, scripts } from '../../texts/communications/scripts.ts'
import { objectOf, textOf } from './steps.ts'

type Action = Rehearsal['actions'][number]

/** What a script would do, one thing below the other: messages as they would be read. */
export function RehearsedActions({ of: { actions, state, error } }: { readonly of: Rehearsal }) {
  const { say } = useDesk()
  return (
    <div class="stack tight">
      {actions.length === 0 && state === 'done' && <p class="muted">{say(scripts.wouldNothing)}</p>}
      <ol class="timeline">
        {actions.map((action, at) => (
          <li key={at} class="step good">
            <span class="step-title">
              <ActionTitle action={action} />
            </span>
            <ActionContent action={action} />
          </li>
        ))}
      </ol>
      {error ? (
        <Notice tone="bad">
          <p>{say(scripts.failed, { message: error.message })}</p>
        </Notice>
      ) : (
        actions.length > 0 && <p class="muted small">{say(scripts.ends)}</p>
      )}
    </div>
  )
}

function ActionTitle({ action }: { readonly action: Action }) {
  const { say, language } = useDesk()
  const words = actionKinds[action.kind]
  if (!words) return <>{action.kind}</>
  const length = formatLength(Number(action['seconds'] ?? 0), language)
  const named = action.kind === 'bot' ? action['call'] : action['template']
  const { kind, name = kind } = objectOf(named)
  const url = textOf(objectOf(action['request'])['url'])
  return <>{say(words, { length, name: textOf(name), url })}</>
}

function ActionContent({ action }: { readonly action: Action }) {
  const { kind, message, ...rest } = action
  if (kind === 'send') return <Bubble message={objectOf(message)} />
  if (kind === 'wait' || kind === 'waitReply') return null
  const data = kind === 'notify' ? rest['data'] : rest
  return <pre class="small data">{JSON.stringify(data, null, 2)}</pre>
}

function Bubble({ message }: { readonly message: Readonly<Record<string, unknown>> }) {
  const { text, buttons, ...rest } = message
  const rows = Array.isArray(buttons) ? (buttons as unknown[]) : []
  return (
    <div class="bubble">
      {text !== undefined && <Prose text={textOf(text)} />}
      {rows.map((row, at) => (
        <div key={at} class="row tight-row wrap">
          {(Array.isArray(row) ? (row as unknown[]) : []).map((button, index) => (
            <span key={index} class="bubble-button">
              {textOf(objectOf(button)['text'])}
            </span>
          ))}
        </div>
      ))}
      {Object.keys(rest).length > 0 && (
        <pre class="small data">{JSON.stringify(rest, null, 2)}</pre>
      )}
    </div>
  )
}

import { useDesk } from '../../desk/desk.ts'
import { CheckField, TextField } from '../../parts/field.tsx'
import { Icon } from '../../parts/icons.tsx'
import { frame } from '../../texts/communications/frame.ts'
import { starts, triggers } from '../../texts/communications/triggers.ts'
import type { TriggerDraft } from './trigger-draft.ts'

type Starts = Pick<TriggerDraft, 'events' | 'words' | 'tags'>

interface StartsFieldProps {
  readonly value: Starts
  readonly fault: string | undefined
  readonly onChange: (patch: Partial<Starts>) => void
}

/** What a trigger starts on: events, words and tags, any number of them. */
export function StartsField({ value, fault, onChange }: StartsFieldProps) {
  const { say } = useDesk()
  const { events, words, tags } = value
  return (
    <fieldset class={fault ? 'rows-field faulty' : 'rows-field'}>
      <legend>{say(triggers.startsOn)}</legend>
      <div class="hint">{say(triggers.startsOnHint)}</div>
      {fault && (
        <div class="fault" role="alert">
          <Icon name="warning" />
          <span>{fault}</span>
        </div>
      )}
      <div class="check-grid">
        {Object.entries(starts).map(([event, title]) => (
          <CheckField
            key={event}
            label={say(title)}
            isOn={events.includes(event)}
            onToggle={(isOn) =>
              onChange({
                events: isOn ? [...events, event] : events.filter((one) => one !== event),
              })
            }
          />
        ))}
      </div>
      <div class="columns">
        <TextField
          label={say(triggers.words)}
          hint={say(triggers.wordsHint)}
          rows={2}
          value={words}
          onInput={(text) => onChange({ words: text })}
        />
        <TextField
          label={say(triggers.tags)}
          hint={say(frame.commaSeparated)}
          value={tags}
          onInput={(text) => onChange({ tags: text })}
        />
      </div>
    </fieldset>
  )
}

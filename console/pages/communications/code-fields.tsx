import { useDesk } from '../../desk/desk.ts'
import { TextField } from '../../parts/field.tsx'
import { frame } from '../../texts/communications/frame.ts'
import type { Editor } from './use-editor.ts'

interface CodeFieldsProps {
  readonly editor: Editor<{ readonly code: string; readonly name: string }>
  readonly isNew: boolean
}

/** What a thing is called: by its code for programs, by its name for people. */
export function CodeFields({ editor, isNew }: CodeFieldsProps) {
  const { say } = useDesk()
  const { draft, change, faultOf } = editor
  return (
    <div class="form-grid">
      <TextField
        label={say(frame.name)}
        hint={say(frame.nameHint)}
        value={draft.name}
        fault={faultOf('name')}
        onInput={(name) => change({ name, ...(isNew && follows(draft) && { code: toCode(name) }) })}
      />
      {isNew ? (
        <TextField
          label={say(frame.code)}
          hint={say(frame.codeHint)}
          isRequired
          isCode
          value={draft.code}
          fault={faultOf('code')}
          onInput={(code) => change({ code })}
        />
      ) : (
        <div class="field">
          <span class="label">{say(frame.code)}</span>
          <code class="fixed">{draft.code}</code>
        </div>
      )}
    </div>
  )
}

/** Until somebody writes a code of his own, it is made of the name. */
const follows = ({ code, name }: { readonly code: string; readonly name: string }): boolean =>
  code === '' || code === toCode(name)

/** `Welcome, new people!` becomes `welcome-new-people`; letters that a code can't have are written in Latin ones. */
export function toCode(name: string): string {
  const latin = [...name.toLowerCase()].map((letter) => CYRILLIC[letter] ?? letter).join('')
  const plain = latin.normalize('NFKD').replace(/\p{M}/gu, '')
  return plain
    .replace(/[^a-z0-9_.]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64)
}

const CYRILLIC: Readonly<Record<string, string>> = {
  ...{ а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'e', ж: 'zh', з: 'z', и: 'i', й: 'y' },
  ...{ к: 'k', л: 'l', м: 'm', н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f' },
  ...{
    х: 'h',
    ц: 'ts',
    ч: 'ch',
    ш: 'sh',
    щ: 'sch',
    ъ: '',
    ы: 'y',
    ь: '',
    э: 'e',
    ю: 'yu',
    я: 'ya',
  },
}

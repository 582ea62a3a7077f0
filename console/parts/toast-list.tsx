import { useDesk } from '../desk/desk.ts'
import { common } from '../texts/common.ts'
import { Button } from './button.tsx'
import { Icon } from './icons.tsx'

export function ToastList() {
  const { toasts, say } = useDesk()
  return (
    <section class="toasts" aria-live="polite" aria-label={say(common.notification)}>
      {toasts.list.value.map(({ id, kind, text }) => (
        <div key={id} class={`toast ${kind}`}>
          <Icon name={kind === 'good' ? 'check' : 'warning'} />
          <span class="grow prose">{text}</span>
          <Button
            kind="quiet"
            icon="cross"
            isSmall
            label={say(common.close)}
            onClick={() => toasts.drop(id)}
          />
        </div>
      ))}
    </section>
  )
}

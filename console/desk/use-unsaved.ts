import { useLayoutEffect } from 'preact/hooks'
import { useDesk } from './desk.ts'

/** Whoever leaves is asked first while something named so is not saved: by the console, or by the browser where it closes the page. */
export function useUnsaved(isChanged: boolean, name: string): void {
  const { unsaved } = useDesk()
  useLayoutEffect(() => {
    if (!isChanged) return
    const remove = unsaved.add(name)
    const ask = (event: BeforeUnloadEvent): void => {
      if (unsaved.isAny) event.preventDefault()
    }
    addEventListener('beforeunload', ask)
    return () => {
      remove()
      removeEventListener('beforeunload', ask)
    }
  }, [isChanged, name])
}

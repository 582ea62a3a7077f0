import { inkOn, USUAL_COLOR } from './color.ts'
import { element } from './dom.ts'
import { Store } from './kept.ts'
import { Line } from './line.ts'
import { STYLE } from './style.ts'
import { languageOf, textsOf } from './texts.ts'
import type { Config } from './types.ts'
import { View } from './view.ts'

const script = document.currentScript
if (script instanceof HTMLScriptElement) void show(script)

/** Puts the chat into the page whose script this is; without a hub that answers, the page stays as it is. */
async function show(own: HTMLScriptElement): Promise<void> {
  const base = new URL(own.src).href.replace(/\/widget\.js(?:[?#].*)?$/, '')
  const hash = base.split('/').at(-1) ?? ''
  const id = `hub-webchat-${hash}`
  // A page may have the line of HTML twice.
  if (document.getElementById(id)) return
  const host = element('div', { id })
  let view: View | undefined
  const store = new Store(hash, () => view?.show())
  const line = new Line(base, store, {
    onChange: () => view?.show(),
    onMessage: (message) => view?.receive(message),
    onTyping: () => view?.showTyping(),
    onLine: (isOn) => view?.showLine(isOn),
  })
  const config = await line.config().catch(() => undefined)
  if (!config) return
  const isPage = own.hasAttribute('data-page')
  const root = host.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(STYLE)
  root.adoptedStyleSheets = [sheet]
  const frame = frameOf(config, isPage)
  root.append(frame)
  view = new View({
    config,
    store,
    line,
    isPage,
    frame,
    texts: textsOf(languageOf(config.language)),
  })
  document.body.append(host)
  view.begin()
}

function frameOf(
  { color = USUAL_COLOR, position, language }: Config,
  isPage: boolean,
): HTMLElement {
  const place = isPage ? 'page' : position
  const frame = element('div', { class: `root ${place}`, lang: languageOf(language) })
  frame.style.setProperty('--accent', color)
  frame.style.setProperty('--on', inkOn(color))
  return frame
}

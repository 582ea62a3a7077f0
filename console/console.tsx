import { render } from 'preact'
import { Desk, DeskContext } from './desk/desk.ts'
import { App } from './shell/app.tsx'
import './styles/index.css'

const root = document.getElementById('console')
if (root) {
  const desk = new Desk()
  render(
    <DeskContext.Provider value={desk}>
      <App />
    </DeskContext.Provider>,
    root,
  )
  void desk.begin()
}

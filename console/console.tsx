import { render } from 'preact'
import icon from './icon.svg'
import './styles/index.css'

const root = document.getElementById('console')
if (root) {
  render(
    <main>
      <img src={icon} alt="" width="32" height="32" />
      Openlines Hub
    </main>,
    root,
  )
}

/** The page of `hub demo --web`: the chat on the left, the portal on the right. `chat`: the address of the chat's own page. */
export function webPage(chat: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>Openlines Hub: the hub in one look</title><style>${STYLE}</style></head>
<body><header><h1>Openlines Hub</h1><p>A visitor of a site on the left, a CRM portal on the right, the hub in between. Nothing is configured, nothing is kept.</p></header>
<main><section aria-labelledby="site"><h2 id="site">The site</h2><iframe title="Web chat" src="${chat}"></iframe></section>
<section aria-labelledby="portal"><h2 id="portal">The portal</h2>
<div class="bar"><label><input type="checkbox" id="down" role="switch"> Portal down</label><p id="queue" role="status"></p></div>
<form id="answer"><label for="text">Answer the visitor</label><div><input id="text" required autocomplete="off"><button>Send</button></div></form>
<h3>Packets, as they came</h3><ol id="packets" tabindex="0" aria-label="Packets"></ol></section></main>
<script>${SCRIPT}</script></body></html>`
}

const STYLE = `
*{box-sizing:border-box}body{margin:0;height:100vh;display:flex;flex-direction:column;font:15px/1.45 system-ui,sans-serif;color:#171a21;background:#eef0f4}
header{padding:16px 24px;background:#171a21;color:#fff;display:flex;gap:8px 24px;align-items:baseline;flex-wrap:wrap}
h1{margin:0;font-size:19px}header p{margin:0;color:#c6cad4}
main{flex:1;min-height:0;display:grid;grid-template-columns:minmax(300px,2fr) 3fr;gap:16px;padding:16px 24px}
section{background:#fff;border-radius:14px;padding:16px 20px;display:flex;flex-direction:column;min-height:0;box-shadow:0 1px 4px rgb(0 0 0/.12)}
h2{margin:0 0 12px;font-size:16px}h3{margin:16px 0 8px;font-size:14px}iframe{flex:1;border:1px solid #dfe2e9;border-radius:10px;width:100%;min-height:320px}
.bar{display:flex;gap:8px 20px;align-items:center;flex-wrap:wrap}.bar p{margin:0}.bar label{font-weight:600;display:flex;gap:8px;align-items:center}.bar input{width:20px;height:20px}
form{margin-top:14px}form>label{display:block;font-size:13px;font-weight:600;margin-bottom:4px}form div{display:flex;gap:8px}
input#text{flex:1;min-width:0;height:42px;padding:0 12px;border:1px solid #868d9b;border-radius:10px;font:inherit}
form button{height:42px;padding:0 18px;border:0;border-radius:10px;background:#2f5fe0;color:#fff;font:inherit;font-weight:600}
ol{flex:1;min-height:160px;overflow:auto;margin:0;padding:0;list-style:none;display:flex;flex-direction:column;gap:8px}
li{border:1px solid #dfe2e9;border-radius:10px;padding:10px 12px}li b{color:#0a6b3d}li code{font-size:12px;color:#565d6b;overflow-wrap:anywhere}
pre{margin:6px 0 0;font-size:12px;white-space:pre-wrap;overflow-wrap:anywhere}
@media(max-width:760px){body{height:auto}main{grid-template-columns:1fr}iframe{min-height:480px}}
`

const SCRIPT = `
const at = (id) => document.getElementById(id)
const post = (path, body) => fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
let shown = 0
async function look() {
  const state = await (await fetch('/state?from=' + shown)).json()
  const { depth, lockedUntil } = state.queue
  at('queue').textContent = depth === 0 ? 'Queue: empty' : 'Queue: ' + depth + ' waiting' + (lockedUntil ? ', next try ' + new Date(lockedUntil).toLocaleTimeString() : '')
  for (const packet of state.packets) {
    const item = document.createElement('li'), sign = document.createElement('b'), id = document.createElement('code'), body = document.createElement('pre')
    sign.textContent = '\\u2713 signature checked  '
    id.textContent = packet.id
    body.textContent = JSON.stringify(packet.events, null, 2)
    item.append(sign, id, body)
    at('packets').prepend(item)
    shown += 1
  }
}
const watch = () => look().catch(() => undefined).then(() => setTimeout(watch, 250))
watch()
at('down').addEventListener('change', () => post('/switch', { isDown: at('down').checked }))
at('answer').addEventListener('submit', async (event) => {
  event.preventDefault()
  const text = at('text').value
  at('text').value = ''
  await post('/answer', { text })
})
`

/** All of it stays within the shadow root. Sizes are in px: `rem` would be the page's. */
export const STYLE = `
:host{all:initial}
*,*::before,*::after{box-sizing:border-box}
.root{--bg:#fff;--ink:#171a21;--dim:#5b6270;--line:#e3e6ec;--theirs:#f1f3f7;--soft:#f7f8fa;--shadow:0 12px 40px rgb(16 22 36/.18),0 2px 8px rgb(16 22 36/.1);
font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:var(--ink);text-align:start;-webkit-text-size-adjust:100%}
@media(prefers-color-scheme:dark){.root{--bg:#171a21;--ink:#eceef3;--dim:#a4abba;--line:#2d323d;--theirs:#252a34;--soft:#1d212a;--shadow:0 12px 40px rgb(0 0 0/.5)}}
button,input,textarea{font:inherit;color:inherit;letter-spacing:inherit}
button{cursor:pointer;border:0;background:none;padding:0}
:focus-visible{outline:2px solid var(--ink);outline-offset:2px;box-shadow:0 0 0 2px var(--bg)}
svg{width:24px;height:24px;display:block}
.launcher{position:fixed;z-index:2147483000;bottom:20px;right:20px;width:60px;height:60px;border-radius:50%;display:grid;place-items:center;background:var(--accent);color:var(--on);box-shadow:var(--shadow);border:1px solid rgb(127 127 127/.25);transition:transform .15s}
.launcher:hover{transform:scale(1.05)}
.launcher svg{width:28px;height:28px}
.left .launcher{right:auto;left:20px}
.badge{position:absolute;top:-3px;right:-3px;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:#c2261d;color:#fff;font-size:12px;font-weight:600;line-height:22px;text-align:center}
.panel{position:fixed;z-index:2147483001;bottom:96px;right:20px;width:384px;height:min(620px,calc(100dvh - 120px));display:flex;flex-direction:column;background:var(--bg);border:1px solid var(--line);border-radius:18px;overflow:hidden;box-shadow:var(--shadow);animation:rise .18s ease-out}
.left .panel{right:auto;left:20px}
@keyframes rise{from{opacity:0;transform:translateY(12px)}}
.head{display:flex;align-items:center;gap:12px;padding:16px 12px 16px 20px;background:var(--accent);color:var(--on);border-bottom:1px solid rgb(127 127 127/.25)}
.head h2{flex:1;margin:0;font-size:17px;font-weight:650;line-height:1.3;overflow-wrap:anywhere;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
.head button{width:40px;height:40px;border-radius:10px;display:grid;place-items:center;flex:none}
.head button:hover{background:rgb(127 127 127/.25)}
.head :focus-visible{outline-color:var(--on);box-shadow:none;outline-offset:-3px}
.note{padding:8px 20px;background:#fdf3d7;color:#5c4300;font-size:13px;border-bottom:1px solid #eddca6}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:20px 16px;display:flex;flex-direction:column;gap:4px;scrollbar-width:thin}
.log:focus-visible{outline-offset:-3px}
.log>:first-child{margin-top:auto}
.day{align-self:center;margin:12px 0 8px;color:var(--dim);font-size:12px}
.row{display:flex;flex-direction:column;align-items:flex-start;max-width:86%;margin-top:4px}
.mine{align-self:flex-end;align-items:flex-end}
.bubble{padding:9px 13px;border-radius:16px 16px 16px 5px;background:var(--theirs);white-space:pre-wrap;overflow-wrap:anywhere;min-width:0;max-width:100%}
.mine .bubble{background:var(--accent);color:var(--on);border-radius:16px 16px 5px 16px}
/* A color may be as dark as the panel, or as light. */
.mine .bubble,.tool.send,.ask button{box-shadow:inset 0 0 0 1px rgb(127 127 127/.25)}
.bubble a{color:inherit;text-decoration:underline;text-underline-offset:2px}
.bubble pre,.bubble code{font:13px/1.4 ui-monospace,Consolas,monospace}
.bubble pre{margin:4px 0;overflow-x:auto}
.bubble blockquote{margin:0;padding-left:10px;border-left:3px solid currentColor}
.spoiler{background:currentColor;border-radius:3px}.spoiler:hover,.spoiler:focus{background:none}
.file{display:flex;gap:8px;align-items:center;margin-top:4px;white-space:normal}
.bubble .file:first-child{margin-top:0}
.file svg{width:18px;height:18px;flex:none}
.meta{margin:3px 4px 0;font-size:12px;color:var(--dim)}
.choices{display:flex;flex-wrap:wrap;gap:8px;margin-top:8px}
.choice{display:inline-block;padding:8px 14px;min-height:38px;border:1px solid var(--dim);border-radius:12px;background:var(--bg);color:var(--ink);text-decoration:none;font-size:14px;font-weight:550}
.choice:hover{background:var(--theirs)}
.typing{display:flex;gap:4px;padding:13px}
.typing i{width:7px;height:7px;border-radius:50%;background:var(--dim);animation:blink 1.2s infinite}
.typing i:nth-child(2){animation-delay:.2s}.typing i:nth-child(3){animation-delay:.4s}
@keyframes blink{30%{opacity:.25}}
.write{display:flex;align-items:flex-end;gap:4px;padding:10px;border-top:1px solid var(--line);background:var(--bg)}
.write textarea{flex:1;min-width:0;resize:none;max-height:132px;padding:10px 12px;border:1px solid transparent;border-radius:14px;background:var(--theirs);outline-offset:-2px;line-height:1.4;font-size:16px}
.write textarea::placeholder,.ask input::placeholder{color:var(--dim);opacity:1}
.tool{width:44px;height:44px;border-radius:14px;display:grid;place-items:center;flex:none;color:var(--dim)}
.tool:hover{background:var(--theirs)}
.tool.send{background:var(--accent);color:var(--on);margin-left:4px}
.tool.send:hover{filter:brightness(.94)}
.ask{display:flex;flex-direction:column;gap:14px;padding:20px;border-top:1px solid var(--line)}
.ask label{display:flex;flex-direction:column;gap:5px;font-size:13px;font-weight:600}
.ask input{height:44px;padding:0 12px;border:1px solid #868d9b;border-radius:10px;background:var(--bg);font-size:16px;font-weight:400}
.ask button{height:46px;border-radius:12px;background:var(--accent);color:var(--on);font-weight:600}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
[hidden]{display:none!important}
.page .panel{position:static;width:min(760px,100vw);height:100dvh;margin:0 auto;border-radius:0;border-width:0 1px;box-shadow:none;animation:none}
.page{position:fixed;inset:0;background:var(--soft)}
@media(max-width:480px){.root:not(.page) .panel{inset:0;width:auto;height:auto;border:0;border-radius:0}.head{padding-top:max(16px,env(safe-area-inset-top))}.write{padding-bottom:max(10px,env(safe-area-inset-bottom))}}
@media(prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media(forced-colors:active){.launcher,.tool.send,.ask button,.bubble{border:1px solid}}
`

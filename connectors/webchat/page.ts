import type { Line } from '#core/line.ts'
import type { RouteReply } from '#core/route.ts'
import { hashOf } from '#kit/site.ts'
import type { WebChatSettings } from './settings.ts'

/** The chat as a page of its own: a link to it is all that a company without a site needs. */
export function pageOf({
  settings: { title, language, origins },
  webhookUrl,
}: Pick<Line<WebChatSettings>, 'settings' | 'webhookUrl'>): RouteReply {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    // The widget's own style sheet, which is made by its script.
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors 'self' ${origins.join(' ')}`,
  ]
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy': policy.join('; '),
      'referrer-policy': 'strict-origin-when-cross-origin',
      'x-content-type-options': 'nosniff',
    },
    body: `<!doctype html>
<html lang="${language === 'ru' ? 'ru' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
</head>
<body>
<noscript>JavaScript is needed here. · Здесь нужен JavaScript.</noscript>
<script src="${widgetOf(webhookUrl)}" data-page></script>
</body>
</html>
`,
  }
}

/** From the root, so that the page is the same with a slash at its end; the hub may stand below a path. */
function widgetOf(webhookUrl: string): string {
  return escapeHtml(new URL(`webchat/${hashOf({ webhookUrl })}/widget.js`, webhookUrl).pathname)
}

function escapeHtml(text: string): string {
  const signs: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  }
  return text.replace(/[&<>"]/g, (sign) => signs[sign] ?? sign)
}

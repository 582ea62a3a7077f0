import type { Capabilities, ConnectorDescriptor } from '../../src/core/connector.ts'
import type { ChannelFinding } from '../../src/core/health.ts'
import type { SettingField } from '../../src/core/settings.ts'

/** The page `docs/connectors.md`, made from the descriptors alone. */
export function writeConnectorsPage(connectors: readonly ConnectorDescriptor[]): string {
  const described = connectors.filter((one) => {
    const parent = connectors.find(({ id }) => id === one.parent)
    // Where virtual ones have their parent's fields there is nothing more to say.
    return parent === undefined || JSON.stringify(parent.fields) !== JSON.stringify(one.fields)
  })
  const checked = connectors.filter(({ parent, finds }) => {
    const above = connectors.find(({ id }) => id === parent)
    return above === undefined || String(above.finds) !== String(finds)
  })
  return `# Connectors

<!-- Made by \`npm run docs\` from the descriptors in \`connectors/\`; a test fails when it is out of date. -->

A line names its connector by id. Virtual ones (those with a parent) work through their parent's code and share its
identities: an account is connected once, whichever of them it was connected through. \`listConnectors\` tells the same to
portals. What each channel does differently from others is in the README beside its code.

${toTable(CAPABILITY_HEAD, connectors.map(capabilityRow))}

- **text**: the longest single message; longer text is split. **files**: \`native\` are shown as files, \`link\` as their
  address. **buttons**: \`list\` becomes a numbered list. **statuses**: beyond \`sent\` and \`failed\`.
- **window**: how long after a person's last message the channel lets the company answer freely; what comes later fails
  with the code \`outside_window\`.
- **webhook**: whether the hub sets it by the channel's API at \`testConnect\`; else it is entered there by hand.

${toTable(['id', ...CODES.map((code) => `\`${code}\``)], checked.map(checkRow))}

- What the hub finds when it asks the channel about a line, every quarter of an hour; virtual connectors find what their
  parents do, unless they stand here. What to do then stands in
  [connecting-channels.md](connecting-channels.md#what-the-hub-checks).

${described.map(describe).join('\n\n')}
`
}
const CODES: readonly ChannelFinding['code'][] = [
  'token_refused',
  'permission_missing',
  'webhook_overwritten',
  'webhook_missing',
  'webhook_failing',
  'polling_stopped',
  'channel_limits',
]

function checkRow({ id, finds = [] }: ConnectorDescriptor): string[] {
  return [`\`${id}\``, ...CODES.map((code) => yes(finds.includes(code)))]
}

const CAPABILITY_HEAD = [
  'id',
  'text',
  'files',
  'buttons',
  'replies',
  'place',
  'contact',
  'edit',
  'delete',
  'typing',
  'mark read',
  'reactions',
  'statuses',
  'window',
  'templates',
  'webhook',
]

function capabilityRow({ id, capabilities }: ConnectorDescriptor): string[] {
  const { textLimit, textUnit, files, buttons, location, contact, statuses } = capabilities
  const flags = (['replies'] as const).map((key) => yes(capabilities[key]))
  const others = (['edit', 'delete', 'typing', 'markRead', 'reactions'] as const).map((key) =>
    yes(capabilities[key]),
  )
  return [
    `\`${id}\``,
    `${textLimit} ${UNIT[textUnit]}`,
    files,
    buttons,
    ...flags,
    location,
    contact,
    ...others,
    statuses.join(', ') || '–',
    windowOf(capabilities),
    yes(capabilities.templates === true),
    webhookOf(capabilities),
  ]
}

const UNIT = { utf16: 'UTF-16 units', utf8: 'bytes', codepoint: 'characters' } as const

function windowOf({ answerWindowMs }: Capabilities): string {
  return answerWindowMs === undefined ? '–' : `${answerWindowMs / 3_600_000} h`
}

function webhookOf({ webhookInstall, polling }: Capabilities): string {
  return `${webhookInstall ? 'set by the hub' : 'by hand'}${polling ? ', or polling' : ''}`
}

function yes(value: boolean): string {
  return value ? 'yes' : '–'
}

function describe({ id, parent, title, fields, methods }: ConnectorDescriptor): string {
  const own = methods.map((name) => `\`${name}\``).join(', ') || 'none'
  return `## ${title}

\`${id}\` · [README](../connectors/${parent ?? id}/README.md) · methods of its own: ${own}

${toTable(['setting', 'what', 'required', 'secret', 'default'], fields.map(fieldRow))}`
}

function fieldRow({
  key,
  label,
  type,
  required,
  secret,
  help,
  options,
  ...field
}: SettingField): string[] {
  const kind = options ? options.map((option) => `\`${option}\``).join(' or ') : type
  const what = [`${label} (${kind})`, ...(help ? [help] : [])].join(': ')
  const initial = field.default === undefined || field.default === '' ? '–' : `\`${field.default}\``
  return [`\`${key}\``, what, yes(required), yes(secret), initial]
}

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Drawn on 20 × 20, with lines of the text's colour. */
const PATHS = {
  overview: 'M3 11.5 10 4l7 7.5M5 10v6h10v-6',
  lines: 'M4 5h12M4 10h12M4 15h8',
  plug: 'M7 3v4M13 3v4M5 7h10v3a5 5 0 0 1-10 0zM10 15v3',
  portal: 'M3 5h14v10H3zM3 8.500h14M6 6.800h.01',
  search: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12ZM13.500 13.500 17 17',
  megaphone: 'M4 8v4h3l6 4V4L7 8zM16 8.500v3',
  copy: 'M7 7h9v10H7zM4 13V3h9',
  check: 'm4 10.500 4 4 8-9',
  cross: 'm5 5 10 10M15 5 5 15',
  warning: 'M10 3 2.500 16.500h15zM10 8.500v3.500M10 14.300h.01',
  info: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 9.500v4M10 6.700h.01',
  out: 'M8 4H4v12h4M12 6l4 4-4 4M16 10H8',
  menu: 'M3 6h14M3 10h14M3 14h14',
  plus: 'M10 4v12M4 10h12',
  up: 'm5 12 5-5 5 5',
  down: 'm5 8 5 5 5-5',
  back: 'm12 4-6 6 6 6',
  forward: 'm8 4 6 6-6 6',
  retry: 'M16 10a6 6 0 1 1-2-4.500M16 3v4h-4',
  pause: 'M7 4v12M13 4v12',
  play: 'm6 4 10 6-10 6z',
  trash: 'M4 6h12M8 6V4h4v2M6 6l.7 11h6.600L14 6',
  download: 'M10 3v9M6 9l4 4 4-4M4 16.500h12',
  external: 'M8 4H4v12h12v-4M11 4h5v5M16 4l-7 7',
  send: 'M3 10 17 4l-5 13-3-6z',
  inbound: 'M16 4 6 14M6 7v7h7',
  outbound: 'M4 16 14 6M7 6h7v7',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4l3 2',
  key: 'M7 13a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM10.500 9.500H17v3M14 9.500v2.500',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}

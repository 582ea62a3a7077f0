/** A page of Bitrix24's that shows a file and a button: what short links of old versions lead to. */
const BITRIX_PAGE = /^\/docs\/pub\/([0-9a-f]{32})\/default\/?$/

/** The address of the file itself, where an address is that of a page around it; any other as it is. */
export function fileBehind(address: string): string {
  const url = URL.parse(address)
  const hash = url && BITRIX_PAGE.exec(url.pathname)?.[1]
  return hash
    ? new URL(`/disk/downloadByExternalLink/0/?externalLink=${hash}&ncc=1`, address).href
    : address
}

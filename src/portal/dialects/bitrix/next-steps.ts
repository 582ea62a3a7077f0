import type { Portal } from '../../../core/portal.ts'

const LICENCE_CODE =
  'include $_SERVER["DOCUMENT_ROOT"]."/bitrix/license_key.php"; echo md5("BITRIX".$LICENSE_KEY."LICENCE")," ",md5($LICENSE_KEY);'

/** What an administrator does at the portal, in the order in which it works. */
export function nextSteps(
  { id, url }: Portal,
  { publicUrl }: { readonly publicUrl: string },
): readonly string[] {
  const option = (value: string): string =>
    `\\Bitrix\\Main\\Config\\Option::set("imconnector", "uri_server", "${value}");`
  return [
    `The two hashes come from the portal's own licence key. Settings > Tools > PHP command line:\n${LICENCE_CODE}\nIt prints the licence hash and the key hash. If they aren't those that you have just entered: hub portal edit ${id} --set licence=… --set keyHash=…`,
    `Point the portal at this hub, in the same place. Modules of 2020 and later:\n${option(publicUrl)}\nOlder ones (18, 19), without the scheme:\n${option(publicUrl.replace(/^https?:\/\//, ''))}`,
    `Settings > Product settings > Module settings > External messengers (imconnector): "Website public URL" is ${originOf(url)}, and the list of connectors has those that you want to use. "Restore defaults" there undoes step 2.`,
    `Leave ${originOf(url)}/pub/imconnector/ open to this hub, without login, password or redirect.`,
    `See whether it works: hub portal test ${id}`,
    'Then connect the channels in the portal: Contact Center > the messenger > connect.',
  ]
}

function originOf(url: string): string {
  return url.replace(/\/+$/, '')
}

import type { Portal } from '../../../core/portal.ts'

const SCOPES = 'imopenlines, imconnector, placement, im'

/** What the administrator does in the portal, and how to see that it worked. */
export function nextSteps(
  portal: Portal,
  { publicUrl }: { readonly publicUrl: string },
): readonly string[] {
  const isOpen = new URL(publicUrl).protocol === 'https:'
  return [
    `In the portal (${portal.url}) open Developer resources > Other > Local application, or edit the application you have added there.`,
    'Choose the type "Server", and leave "Uses only API" unticked.',
    `Your handler path: ${publicUrl}/b24/settings`,
    `Initial installation path: ${publicUrl}/b24/install`,
    `Assign permissions: ${SCOPES}`,
    `Save. The portal shows the application's ID and key: they are clientId and clientSecret of this portal. If you have entered others: hub portal edit ${portal.id} --set clientId=… --set-file <file with the line clientSecret=…>`,
    'Press "Reinstall" (or "Install") in the portal: the page must say that the portal and the hub are connected.',
    `Check it: hub portal test ${portal.id}`,
    'Then open the Contact Center, choose a channel of the hub and the open line, and enter the credentials of your account.',
    ...(isOpen
      ? []
      : [`${publicUrl} is not https: Bitrix24 takes no such address. Set HUB_PUBLIC_URL.`]),
  ]
}

import { plainText, type RichText, visibleText } from '../core/rich-text.ts'
import { addressBehind, isLinkHref } from './links.ts'

/** A link, or, where its address must not be one, its label with the address behind it as text: nothing is lost. */
export function toLink(href: string, label: RichText): RichText {
  const address = href.trim()
  if (address === '') return label
  if (isLinkHref(address)) {
    return [
      { type: 'link', href: address, children: label.length > 0 ? label : plainText(address) },
    ]
  }
  return label.length > 0
    ? [...label, ...plainText(addressBehind(visibleText(label), address))]
    : plainText(address)
}

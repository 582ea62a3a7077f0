import assert from 'node:assert/strict'
import type { ContactCard, GeoPoint } from '../../src/core/event.ts'
import type { OutboundMessage } from '../../src/core/message.ts'
import { plainText } from '../../src/core/rich-text.ts'
import { type Check, deliver, openBench, type Subject } from './bench.ts'
import { type SentView, textsOf } from './view.ts'

const TEXT = { text: plainText('as we said') }
const POINT: GeoPoint = { latitude: 52.520008, longitude: 13.404954 }
const PLACES: readonly GeoPoint[] = [
  POINT,
  { ...POINT, title: 'Our office', address: 'Long Street 1, Berlin' },
  { ...POINT, title: 'Our office' },
  { ...POINT, address: 'Long Street 1, Berlin' },
  { latitude: -0.5, longitude: 0 },
]
const CONTACTS: readonly ContactCard[] = [
  { name: 'Ann Lee', phone: '+49 30 123456' },
  { name: 'Ann Lee' },
  { phone: '+4930123456' },
  { name: 'Maria Magdalena Constantinopoulou-Featherstone', phone: '+4930123456' },
  { name: 'Switchboard', phone: '+49 30 123456 extension 789' },
]

/** `replies`, `location` and `contact`. */
export function partChecks(subject: Subject): Check[] {
  return [
    { name: 'answers a message as it says', run: () => answersMessage(subject) },
    { name: 'sends a place with all that belongs to it', run: () => sendsPlaces(subject) },
    { name: 'sends a contact with all that belongs to it', run: () => sendsContacts(subject) },
    { name: 'loses no part of a message that has all of them', run: () => sendsAll(subject) },
  ]
}

/** The answer stands at the first message, which people see behind the question; or all of it in the thread. */
async function answersMessage(subject: Subject): Promise<void> {
  const { replies, textLimit } = subject.descriptor.capabilities
  await using bench = await openBench(subject)
  const [id = ''] = (await deliver(bench, TEXT)).messageIds
  const messages: readonly OutboundMessage[] = [
    TEXT,
    { text: plainText('word '.repeat(textLimit / 4).trim()) },
    { files: [{ url: bench.fileUrl('cat.png') }] },
    { location: POINT },
    { contact: { name: 'Ann', phone: '+4930123456' } },
  ]
  for (const message of messages) {
    const { views } = await deliver(bench, { ...message, replyTo: { id } })
    const [first, ...others] = views.map(({ replyTo }) => replyTo)
    assert.equal(first, replies ? id : undefined)
    const behind = subject.kit.traits?.answersInThreads ? id : undefined
    assert.ok(others.every((one) => one === behind))
  }
}

async function sendsPlaces(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  for (const location of PLACES) {
    for (const beside of [{}, TEXT]) {
      const { views } = await deliver(bench, { ...beside, location })
      assertPlace(location, views, subject)
      if ('text' in beside) assert.match(textsOf(views).join('\n'), /as we said/)
    }
  }
}

function assertPlace(place: GeoPoint, views: readonly SentView[], { descriptor }: Subject): void {
  const { latitude, longitude, title, address } = place
  const said = textsOf(views).join('\n')
  const shown = views.flatMap(({ location }) => (location ? [location] : []))
  if (descriptor.capabilities.location === 'native') {
    assert.equal(shown.length, 1, 'a place on the map is promised')
    assert.deepEqual([shown[0]?.latitude, shown[0]?.longitude], [latitude, longitude])
  } else {
    assert.equal(shown.length, 0, 'words are promised')
    assert.ok(said.includes(String(latitude)) && said.includes(String(longitude)), said)
  }
  for (const [key, word] of Object.entries({ title, address })) {
    if (!word) continue
    const isShown = shown.some((one) => Object.values(one).includes(word))
    assert.ok(isShown || said.includes(word), `the ${key} is missing`)
  }
}

async function sendsContacts(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  for (const contact of CONTACTS) {
    for (const beside of [{}, TEXT]) {
      const { views } = await deliver(bench, { ...beside, contact })
      assertContact(contact, views)
      if ('text' in beside) assert.match(textsOf(views).join('\n'), /as we said/)
    }
  }
  const { views } = await deliver(bench, { contact: { name: 'Ann', phone: '+4930123456' } })
  const cards = views.filter(({ contact }) => contact !== undefined)
  const isNative = subject.descriptor.capabilities.contact === 'native'
  assert.equal(cards.length, isNative ? 1 : 0, isNative ? 'a card is promised' : 'words are')
}

/** In a card or in words. */
function assertContact(contact: ContactCard, views: readonly SentView[]): void {
  const said = textsOf(views).join('\n')
  const cards = views.flatMap((view) => (view.contact ? [view.contact] : []))
  for (const [key, word] of Object.entries(contact)) {
    const isShown = cards.some((card) => Object.values(card).includes(word))
    assert.ok(isShown || said.includes(word), `the ${key} is missing`)
  }
}

async function sendsAll(subject: Subject): Promise<void> {
  await using bench = await openBench(subject)
  const [id = ''] = (await deliver(bench, TEXT)).messageIds
  const [contact = {}] = CONTACTS
  const location = PLACES[1] ?? POINT
  const { views } = await deliver(bench, {
    ...TEXT,
    files: [{ url: bench.fileUrl('cat.png') }, { url: bench.fileUrl('plan.pdf') }],
    buttons: [[{ text: 'Yes', payload: 'yes' }]],
    replyTo: { id },
    location,
    contact,
  })
  const said = textsOf(views).join('\n')
  assert.match(said, /as we said/)
  for (const name of ['cat.png', 'plan.pdf']) {
    const url = bench.fileUrl(name)
    const isShown = views.some(({ files }) => files.some((file) => file.url === url))
    assert.ok(isShown || said.includes(url), `${name} is missing`)
  }
  const isButton = views.some(({ buttons }) => buttons.some(({ text }) => text === 'Yes'))
  assert.ok(isButton || /^1\. Yes/m.test(said), 'the button is missing')
  assertPlace(location, views, subject)
  assertContact(contact, views)
  assert.equal(
    views[0]?.replyTo,
    subject.descriptor.capabilities.replies ? id : undefined,
    'the answered message',
  )
}

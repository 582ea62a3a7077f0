import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type DescribedFile,
  fileName,
  formatOf,
  kindOf,
  mimeOf,
  nameInAddress,
} from '../../../connectors/kit/file-kind.ts'

const JPG = 'https://files.example/a/1.JPG?size=big'

describe('the kind of a file', () => {
  const cases: [title: string, file: DescribedFile, kind: string][] = [
    ['is what is told', { kind: 'document', mime: 'image/png', name: 'a.jpg' }, 'document'],
    ['else that of its content type', { mime: 'video/mp4', name: 'a.jpg' }, 'video'],
    ['which names other files as well', { mime: 'application/pdf', name: 'a.jpg' }, 'document'],
    ['but not if it says nothing', { mime: 'application/octet-stream', name: 'a.jpg' }, 'image'],
    ['else that of its name', { name: 'a.mp3', url: JPG }, 'audio'],
    ['else that of its address', { name: 'Photo of the shelf', url: JPG }, 'image'],
    ['also where its name is a title with a dot', { name: 'Shelf no.5', url: JPG }, 'image'],
    ['else nothing is known of it', { name: 'report', url: 'https://files.example/x' }, 'document'],
    ['not even an address', { url: 'no address.jpg' }, 'document'],
  ]
  for (const [title, file, kind] of cases) it(title, () => assert.equal(kindOf(file), kind))

  it('is a document where the channel does not show its format', () => {
    const shown = { image: ['jpg'], voice: ['ogg'] }
    assert.equal(kindOf({ url: JPG }, shown), 'image')
    assert.equal(kindOf({ name: 'a.ogg' }, shown), 'voice')
    assert.equal(kindOf({ name: 'a.png' }, shown), 'document')
    assert.equal(kindOf({ name: 'a' }, shown), 'document')
  })
})

describe('the format of a file', () => {
  it('is the ending of its name or address, one that is known first', () => {
    assert.equal(formatOf({ name: 'scan.DCM' }), 'dcm')
    assert.equal(formatOf({ name: 'scan.dcm', url: JPG }), 'jpg')
    assert.equal(formatOf({ name: 'plan.pdf', url: JPG }), 'pdf')
    assert.equal(formatOf({ name: 'plan' }), '')
  })

  it('tells the content type; the kind does so where there is none', () => {
    assert.equal(mimeOf({ name: 'a.png', kind: 'document' }), 'image/png')
    assert.equal(mimeOf({ name: 'a', kind: 'voice' }), 'audio/ogg')
    assert.equal(mimeOf({ name: 'a' }), 'application/octet-stream')
  })
})

describe('the name of a file', () => {
  it("is the portal's, with the ending that only the address has", () => {
    assert.equal(fileName({ name: 'Photo of the shelf', url: JPG }), 'Photo of the shelf.jpg')
    assert.equal(fileName({ name: 'plan.pdf', url: JPG }), 'plan.pdf')
    assert.equal(fileName({ name: 'plan', url: 'https://files.example/get.php' }), 'plan')
  })

  it('is the end of the address where that is a name', () => {
    assert.equal(fileName({ url: 'https://files.example/a/act%201.pdf?x=1' }), 'act 1.pdf')
    assert.equal(nameInAddress('https://files.example/%E0%A4%A.pdf'), '%E0%A4%A.pdf')
    for (const url of ['https://files.example/a/', 'https://files.example/key', 'x', undefined]) {
      assert.equal(fileName({ url }), '')
    }
  })
})

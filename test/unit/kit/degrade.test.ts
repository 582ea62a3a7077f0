import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  describeContact,
  describePlace,
  joinLines,
  linkToFile,
  listButtons,
  placeWords,
  visibleButtons,
} from '../../../connectors/kit/degrade.ts'
import { plainText, visibleText } from '../../../src/core/rich-text.ts'

describe('what a channel can not show, as text', () => {
  it('is a numbered list for buttons', () => {
    const site = { text: 'Site', url: 'https://x.example/' }
    const rows = [[{ text: 'Yes', payload: 'y' }, { text: ' ' }], [site]]
    assert.deepEqual(listButtons(visibleButtons(rows)), ['1. Yes', '2. Site – https://x.example/'])
    assert.deepEqual(visibleButtons(undefined), [])
  })

  it('is its address for a file, behind its name', () => {
    assert.equal(
      linkToFile({ url: 'https://x.example/1', name: 'Plan' }),
      'Plan: https://x.example/1',
    )
    assert.equal(linkToFile({ url: 'https://x.example/1' }), 'https://x.example/1')
  })

  it('is words, numbers and a map for a place', () => {
    const place = { latitude: 1.5, longitude: 2, title: 'Office', address: '' }
    const map = 'https://www.openstreetmap.org/?mlat=1.5&mlon=2'
    assert.deepEqual(describePlace(place), ['Office', '1.5, 2', map])
    assert.deepEqual(placeWords(place), ['Office'])
    assert.deepEqual([describePlace(undefined), placeWords(undefined)], [[], []])
  })

  it('is one line for a contact', () => {
    assert.deepEqual(describeContact({ name: 'Bob', phone: '+49' }), ['Bob, +49'])
    assert.deepEqual(describeContact({ phone: '+49' }), ['+49'])
    assert.deepEqual([describeContact({}), describeContact(undefined)], [[], []])
  })

  it('stands on lines of its own, without empty ones', () => {
    const text = joinLines([[], plainText('a'), '', 'b', [{ type: 'bold', children: [] }]])
    assert.equal(visibleText(text), 'a\nb\n')
    assert.deepEqual(joinLines([[], '']), [])
  })
})

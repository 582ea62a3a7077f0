import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectors } from '#connectors'
import type { Words } from '#core/language.ts'
import type { SettingField } from '#core/settings.ts'
import { connectorShape } from '../../src/core/shapes/connector.ts'

type ShowIf = NonNullable<SettingField['showIf']>

for (const { id, title, fields, guide, capabilities, checkSettings, ...rest } of connectors) {
  describe(`what ${id} says of its connecting`, () => {
    const byKey = new Map(fields.map((field) => [field.key, field]))
    const steps = guide?.steps ?? []

    it('is there, with something to be done and a first message', () => {
      assert.ok(guide, 'no guide')
      assert.ok(guide.steps.length > 0)
      assert.ok(guide.needs.length > 0)
    })

    it('can be listed', () => {
      const { parent, methods } = rest
      const listed = {
        id,
        title,
        ...(parent ? { parent } : {}),
        fields,
        guide,
        capabilities,
        methods,
      }
      assert.deepEqual(connectorShape.parse(listed), listed)
    })

    it('names every field that is required, also by the values of others, and none that is not there', () => {
      const named = steps.flatMap((step) => step.fields ?? [])
      for (const key of named) assert.ok(byKey.has(key), `${key} is no field`)
      const needed = [
        ...fields.filter(({ required }) => required).map(({ key }) => key),
        ...fields
          .flatMap(({ key, options = [] }) =>
            options.flatMap((option) => checkSettings?.({ [key]: option }) ?? []),
          )
          .map(({ field }) => field),
      ]
      for (const key of needed) {
        const isAdvanced = byKey.get(key)?.group === 'advanced'
        assert.ok(isAdvanced || named.includes(key), `no step says where ${key} is found`)
      }
    })

    it('says everything in both languages', () => {
      const words: readonly (Words | undefined)[] = [
        ...(guide?.needs ?? []),
        guide?.firstMessage,
        ...steps.flatMap((step) => [step.title, step.text, step.link?.label]),
        ...fields.flatMap(({ link, optionLabels = {} }) => [
          link?.label,
          ...Object.values(optionLabels),
        ]),
      ]
      for (const one of words) {
        if (!one) continue
        assert.notEqual(one.en.trim(), '')
        assert.notEqual(one.ru.trim(), '')
        assert.doesNotMatch(one.en, /[а-яё]/i)
      }
      for (const { key, help, ru, options = [], optionLabels } of fields) {
        assert.ok(ru, `${key} has no label in Russian`)
        assert.equal(ru.help === undefined, help === undefined, `the help of ${key}`)
        if (options.length > 0) assert.deepEqual(Object.keys(optionLabels ?? {}), options, key)
      }
    })

    it('depends on values that fields can have', () => {
      const conditions: readonly (ShowIf | undefined)[] = [
        ...fields.map(({ showIf }) => showIf),
        ...steps.map(({ showIf }) => showIf),
      ]
      for (const condition of conditions) {
        if (!condition) continue
        const options = byKey.get(condition.field)?.options ?? []
        for (const value of condition.equals) assert.ok(options.includes(value), value)
      }
    })

    it('gives the address where an administrator enters it, and links by https', () => {
      const copies = steps.flatMap((step) => step.copies ?? [])
      if (!capabilities.webhookInstall && !capabilities.polling) {
        const isThere = copies.some((copy) => copy === 'webhookUrl' || 'text' in copy)
        assert.ok(isThere, 'no step shows the address of the webhook')
      }
      for (const copy of copies) {
        if (copy === 'webhookUrl') continue
        if ('field' in copy) assert.ok(byKey.has(copy.field), copy.field)
        else assert.match(copy.text, /\{(hash|webhookUrl)\}/)
      }
      const links = [...steps, ...fields].flatMap(({ link }) => link ?? [])
      for (const { url } of links) assert.equal(new URL(url).protocol, 'https:')
    })
  })
}

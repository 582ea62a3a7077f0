import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Json } from '#core/json.ts'
import { gotValue, problemOf, SANDBOXES, SandboxDriver, SCOPE } from '../../helpers/sandboxes.ts'

const BBCODE = { text: 'bbcode', emoji: 'shortname' } as const

for (const [where, create] of SANDBOXES) {
  describe(`templates in the sandbox, ${where}`, () => {
    const box = new SandboxDriver(create())

    it('see the scope', async () => {
      const cases: [string, string][] = [
        ['Hello, {{ lead.name }}!', 'Hello, Ann!'],
        ['{{ params["keys"] }} {{ params.n | plus: 1 }}', 'K-7 6'],
        [
          '{{ data["keys"] }} {{ data.foo | default: "x" }} {{ data.no | default: "x" }}',
          'from data bar x',
        ],
        [
          '{{ event.type }} {{ lead.attributes.visits }} {{ lead.tags | join: "," }}',
          'message.received 3 vip',
        ],
        ['{% if lead.tags contains "vip" %}VIP{% else %}no{% endif %}', 'VIP'],
        [
          '{% for i in (1..3) %}{{ i }}{% unless forloop.last %}, {% endunless %}{% endfor %}',
          '1, 2, 3',
        ],
        ['{% assign n = params.n | times: 2 %}{{ n }}{% comment %}no{% endcomment %}', '10'],
        ['[{{ nothing }}{{ lead.nothing.more }}]', '[]'],
        [
          '{{ lead.name | upcase | append: "!" }}{{ lead.tags.size }}{{ lead.tags.first }}',
          'ANN!1vip',
        ],
        ['no template', 'no template'],
        ['', ''],
        ['{% raw %}{{ lead.name }}{% endraw %}', '{{ lead.name }}'],
        ['{{ lead.tags }}', 'vip'],
      ]
      for (const [template, expected] of cases) {
        assert.equal(await box.rendered(template), expected, template)
      }
    })

    it('know the time of their task alone, in UTC', async () => {
      const cases: [string, string][] = [
        ['{{ now }}', '2026-01-02T03:04:05.678Z'],
        ['{{ now | date: "%Y-%m-%d %H:%M:%S %z" }}', '2026-01-02 03:04:05 +0000'],
        ['{{ "now" | date: "%s" }} {{ "today" | date: "%d" }}', '1767323045 02'],
        ['{{ now | date: "%d.%m. %H:%M", "Europe/Berlin" }}', '02.01. 04:04'],
        [
          '{{ "2026-07-01 10:00" | date: "%H:%M" }} {{ "2026-07-01T10:00" | date: "%H:%M" }}',
          '10:00 10:00',
        ],
        ['{{ "July 1, 2026 10:00" | date: "%H:%M" }} {{ "2026-07-01" | date: "%d" }}', '10:00 01'],
        ['{{ "2026-07-01T10:00+02:00" | date: "%H:%M" }} {{ 0 | date: "%Y" }}', '08:00 1970'],
        ['{{ now | date_to_rfc822 }}', 'Fri, 02 Jan 2026 03:04:05 +0000'],
        ['{{ now | date: "%A %B" }} {{ "no date" | date: "%Y" }}', 'Friday January no date'],
      ]
      for (const [template, expected] of cases) {
        assert.equal(await box.rendered(template), expected, template)
      }
    })

    it('every string of the value is one, keys and other values are not', async () => {
      const template: Json = {
        'text{{ lead.name }}': '{{ lead.name }}',
        buttons: [{ text: '{{ params.n }}', url: 'https://x/{{ lead.lead }}' }, 5, true, null],
      }
      assert.deepEqual(await box.rendered(template), {
        'text{{ lead.name }}': 'Ann',
        buttons: [{ text: '5', url: 'https://x/135' }, 5, true, null],
      })
      let deep: Json = '{{ now }}'
      for (let depth = 0; depth < 100; depth += 1) deep = [deep]
      assert.match(problemOf(await box.render(deep)), /nested too deep/)
    })

    it('nothing of a prototype can be seen or bent', async () => {
      const cases: [string, string][] = [
        [
          '[{{ lead.constructor }}{{ lead.constructor.name }}{{ constructor }}{{ toString }}]',
          '[]',
        ],
        [
          '[{{ lead.__proto__ }}{{ __proto__ }}{{ lead.tags.constructor }}{{ lead.name.constructor }}]',
          '[]',
        ],
        [
          '[{{ lead["constructor"]["constructor"] }}{{ lead.hasOwnProperty }}{{ params.valueOf }}]',
          '[]',
        ],
        ['[{{ lead.tags | map: "constructor" | first }}]', '[]'],
        ['{% assign __proto__ = lead %}{% assign constructor = 1 %}[{{ polluted }}]', '[]'],
        ['[{{ process }}{{ global }}{{ globalThis }}{{ require }}{{ this }}]', '[]'],
      ]
      for (const [template, expected] of cases) {
        assert.equal(await box.rendered(template), expected, template)
      }
      const bad = JSON.parse(
        '{"__proto__": "{{ lead.name }}", "a": "{{ params.__proto__.b }}"}',
      ) as Json
      const params = JSON.parse('{"__proto__": {"b": "own"}}')
      const value = await box.rendered(bad, { ...SCOPE, params })
      assert.equal(JSON.stringify(value), '{"__proto__":"Ann","a":"own"}')
      assert.equal(({} as Record<string, unknown>)['b'], undefined)
    })

    it('nothing is kept from one to the next', async () => {
      assert.equal(await box.rendered('{% assign kept = 1 %}{% increment n %}{{ kept }}'), '01')
      assert.equal(await box.rendered('{% increment n %}{{ kept }}'), '0')
      assert.deepEqual(await box.rendered(['{% assign kept = 1 %}', '{{ kept }}']), ['', ''])
    })

    it('what does not parse is refused with its place', async () => {
      const cases: [string, RegExp][] = [
        ['a\n  {% if x %}', /^line 2, column 3: tag .*not closed/],
        ['{{ lead.name', /^line 1, column 1: output .*not closed/],
        ['{{ lead.name | nope }}', /^line 1, column 1: undefined filter: nope/],
        ['{% nope %}', /^line 1, column 1: tag "nope" not found/],
        ['{% include "x" %}', /tag "include" not found/],
        ['{% render "x" %}', /tag "render" not found/],
        ['{% layout "x" %}', /tag "layout" not found/],
        ['{% block x %}{% endblock %}', /tag "block" not found/],
        ['{{ lead.tags | sample }}', /undefined filter: sample/],
        ['x'.repeat(65_537).concat('{{ a }}'), /longer than 64 KiB/],
        ['{% for x of y %}{% endfor %}', /^line 1, column 1: illegal tag/],
      ]
      for (const [template, problem] of cases) {
        assert.match((await box.check('template', template)) ?? 'fine', problem, template)
        assert.match(problemOf(await box.render(template)), problem, template)
      }
      assert.equal(await box.check('template', '{{ anything.at.all | default: 1 }}'), undefined)
      assert.equal(
        await box.check('template', '{% for i in (1..1000000) %}{% endfor %}'),
        undefined,
      )
    })

    it('with a format, outputs of the field text show literally', async () => {
      const scope = { ...SCOPE, lead: { lead: 1, name: '[b]A&B[/b] :smile: 😀' } }
      const template = {
        text: '[b]{{ lead.name }}[/b] {{ lead.name | raw }} :wave:',
        buttons: ['{{ lead.name }}'],
        file: { text: '{{ lead.name }}' },
      }
      const outcome = await box.render(template, scope, { escape: BBCODE })
      assert.deepEqual(gotValue(outcome), {
        text: '[b]&#91;b]A&B&#91;/b] &#58;smile: :grinning:[/b] [b]A&B[/b] :smile: 😀 :wave:',
        buttons: ['[b]A&B[/b] :smile: 😀'],
        file: { text: '[b]A&B[/b] :smile: 😀' },
      })
      const alone = gotValue(await box.render('{{ lead.name }}', scope, { escape: BBCODE }))
      assert.equal(alone, '[b]A&B[/b] :smile: 😀')
    })

    it('tags that write are escaped too, and what was captured is not twice with raw', async () => {
      const lead = { lead: 1, name: '[b]x' }
      const templates: [string, string][] = [
        ['{% echo lead.name %}', '&#91;b]x'],
        ['{% cycle lead.name, "y" %}', '&#91;b]x'],
        ['{% assign n = lead.name | append: "[i]" %}{{ n }}', '&#91;b]x&#91;i]'],
        ['{% capture n %}[i]{{ lead.name }}[/i]{% endcapture %}{{ n | raw }}', '[i]&#91;b]x[/i]'],
        ['{% for c in lead.name %}{{ c }}{% endfor %}{{ 7 }}{{ nothing }}', '&#91;b]x7'],
      ]
      for (const [text, expected] of templates) {
        const outcome = await box.render({ text }, { ...SCOPE, lead }, { escape: BBCODE })
        assert.deepEqual(gotValue(outcome), { text: expected }, text)
      }
    })

    it('two values beside each other make no markup together', async () => {
      const lead = { lead: 1, name: '[ur', lastName: 'l=https://evil.example]click[/url]' }
      const template = { text: '{{ lead.name }}{{ lead.lastName }}' }
      const outcome = await box.render(template, { ...SCOPE, lead }, { escape: BBCODE })
      assert.deepEqual(gotValue(outcome), {
        text: '&#91;url=https://evil.example]click&#91;/url]',
      })
    })
  })
}

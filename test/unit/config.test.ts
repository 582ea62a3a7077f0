import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Config, parseConfig } from '#config'
import { ConfigError } from '../../config/config-error.ts'

const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index))

function faultsOf(raw: Record<string, string>): Record<string, string> {
  try {
    parseConfig(raw)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    for (const { variable, problem } of error.faults) {
      assert.ok(error.message.includes(`${variable} ${problem}`))
    }
    return Object.fromEntries(error.faults.map((fault) => [fault.variable, fault.problem]))
  }
  return {}
}

function isRefused(name: string, value: string): boolean {
  return name in faultsOf({ [name]: value })
}

describe('defaults', () => {
  it('an empty environment gives the documented defaults', () => {
    const expected: Config = {
      host: '127.0.0.1',
      port: 8080,
      database: { kind: 'sqlite', file: './data/hub.sqlite' },
      ladderMs: [15, 60, 120, 180, 300, 675, 1350, 2700, 5400, 10800, 21600, 43200].map(
        (seconds) => seconds * 1000,
      ),
      portalTimeoutMs: 15_000,
      packetMaxEvents: 100,
      packetMaxBytes: 262_144,
      dedupeMs: 86_400_000,
      deadLetterMs: 7 * 86_400_000,
      journalMs: 7 * 86_400_000,
      allowPrivateTargets: [],
      roles: new Set(['ingress', 'inbox', 'outbox', 'jobs'] as const),
      workers: 1,
      logLevel: 'info',
      lineRate: 0,
      rpcRate: 500,
      checkEveryMs: 900_000,
      checkRate: 20,
      providerApps: {},
      strangers: [],
    }
    assert.deepEqual(parseConfig({}), expected)
  })

  it('a blank variable counts as unset, except where it would mean everything', () => {
    assert.deepEqual(parseConfig({ HUB_PORT: '', HUB_SECRET_KEY: ' ' }), parseConfig({}))
    assert.ok(isRefused('HUB_ROLES', ''))
    assert.ok(isRefused('HUB_LOCKOUT_LADDER', ''))
  })
})

describe('faults', () => {
  it('come all at once', () => {
    const faults = faultsOf({
      HUB_PORT: '70000',
      HUB_DATABASE_URL: 'postgres://x',
      HUB_ADMIN_TOKEN: 'short',
      HUB_LOG_LEVEL: 'loud',
      HUB_PROT: '1',
    })
    assert.deepEqual(Object.keys(faults).sort(), [
      'HUB_ADMIN_TOKEN',
      'HUB_DATABASE_URL',
      'HUB_LOG_LEVEL',
      'HUB_PORT',
    ])
  })

  it('an unknown variable is reported with the nearest known one, and no fault', () => {
    const { strangers } = parseConfig({
      HUB_DATABSE_URL: 'x',
      HUB_QQQQQQQQQQ: 'x',
      HUB_TEST_X: 'x',
    })
    assert.deepEqual(strangers, [
      { variable: 'HUB_DATABSE_URL', problem: 'is unknown; did you mean HUB_DATABASE_URL?' },
      { variable: 'HUB_QQQQQQQQQQ', problem: 'is unknown' },
    ])
  })

  it('never show a secret', () => {
    const secret = 'hunter2'
    const values: Record<string, string>[] = [
      { HUB_SECRET_KEY: secret },
      { HUB_SECRET_KEY_PREVIOUS: secret },
      { HUB_ADMIN_TOKEN: secret },
      { HUB_DATABASE_URL: secret },
      { HUB_DATABASE_URL: `mysql://u:${secret}@h` },
      { HUB_DATABASE_URL: `mysql://u:12?${secret}@host/db` },
      { HUB_DATABASE_URL: `mysql://u:a#${secret}@host/db` },
      { HUB_DATABASE_URL: `mysql://u:%zz${secret}@host/db` },
      { HUB_PUBLIC_URL: `https://u:${secret}@host` },
    ]
    for (const raw of values) {
      assert.throws(
        () => parseConfig(raw),
        (error: Error) => error instanceof ConfigError && !error.message.includes(secret),
        JSON.stringify(raw),
      )
    }
  })
})

describe('values', () => {
  it('numbers are whole and within their bounds', () => {
    const bounds: [name: string, min: number, max: number][] = [
      ['HUB_PORT', 0, 65_535],
      ['HUB_PORTAL_TIMEOUT_MS', 100, 120_000],
      ['HUB_PACKET_MAX_EVENTS', 1, 1000],
      ['HUB_PACKET_MAX_BYTES', 1024, 16_777_216],
      ['HUB_DEDUPE_HOURS', 1, 720],
      ['HUB_DEAD_LETTER_DAYS', 0, 365],
      ['HUB_WORKERS', 1, 64],
      ['HUB_LINE_RATE', 0, 1_000_000],
      ['HUB_RPC_RATE', 0, 1_000_000],
      ['HUB_CHECK_MINUTES', 1, 1440],
      ['HUB_CHECK_RATE', 1, 1000],
    ]
    for (const [name, min, max] of bounds) {
      for (const good of [min, max]) assert.ok(!isRefused(name, String(good)), `${name}=${good}`)
      for (const bad of [min - 1, max + 1, '1.5', '1e3', '0x10', 'x', '-1']) {
        assert.ok(isRefused(name, String(bad)), `${name}=${bad}`)
      }
    }
  })

  it('the ladder is 1 to 50 positive seconds', () => {
    assert.deepEqual(parseConfig({ HUB_LOCKOUT_LADDER: '1, 2' }).ladderMs, [1000, 2000])
    for (const bad of ['0', '1,,2', '-1', '1.5', 'x', Array(51).fill('1').join(','), '9999999']) {
      assert.ok(isRefused('HUB_LOCKOUT_LADDER', bad), bad)
    }
  })

  it('the public address loses its trailing slash and takes no query', () => {
    const read = (url: string) => parseConfig({ HUB_PUBLIC_URL: url }).publicUrl
    assert.equal(read('https://hub.example/'), 'https://hub.example')
    assert.equal(read('http://hub.example:81/a/b/'), 'http://hub.example:81/a/b')
    for (const bad of ['ftp://x', 'hub.example', 'https://x/?a=1', 'https://x/#a', 'https://x?']) {
      assert.ok(isRefused('HUB_PUBLIC_URL', bad), bad)
    }
  })

  it('roles are known and not empty', () => {
    assert.deepEqual(parseConfig({ HUB_ROLES: 'jobs, inbox' }).roles, new Set(['inbox', 'jobs']))
    for (const bad of ['x', 'inbox,', ',']) assert.ok(isRefused('HUB_ROLES', bad), bad)
  })

  it('private targets are CIDRs', () => {
    const good = '127.0.0.0/8,::1/128, 10.1.2.3/32'
    assert.deepEqual(parseConfig({ HUB_ALLOW_PRIVATE_TARGETS: good }).allowPrivateTargets, [
      '127.0.0.0/8',
      '::1/128',
      '10.1.2.3/32',
    ])
    for (const bad of ['127.0.0.1', '10.0.0.0/33', '::/129', 'x/8', '1.2.3.4/', 'fe80::1%e/64']) {
      assert.ok(isRefused('HUB_ALLOW_PRIVATE_TARGETS', bad), bad)
    }
  })

  it('trusted proxies are addresses and CIDRs, or none', () => {
    const read = (raw?: string) => parseConfig({ HUB_TRUSTED_PROXIES: raw }).trustedProxies
    assert.equal(read(), undefined)
    assert.deepEqual(read('none'), [])
    assert.deepEqual(read('10.0.0.1, ::1,192.0.2.0/24'), ['10.0.0.1', '::1', '192.0.2.0/24'])
    for (const bad of ['x', '10.0.0.1,', '10.0.0.0/33', '1.2.3.4/', 'fe80::1%e', 'none,::1']) {
      assert.ok(isRefused('HUB_TRUSTED_PROXIES', bad), bad)
    }
  })

  it('the secret key is exactly 32 bytes in either base64 alphabet', () => {
    for (const encoding of ['base64', 'base64url'] as const) {
      assert.deepEqual(parseConfig({ HUB_SECRET_KEY: KEY.toString(encoding) }).secretKey, KEY)
    }
    const hex = KEY.toString('hex')
    const short = KEY.subarray(1).toString('base64')
    for (const bad of [hex, short, `${KEY.toString('base64')}A`, '!'.repeat(43)]) {
      assert.ok(isRefused('HUB_SECRET_KEY', bad), bad)
    }
  })

  it('the admin token fits a header and is long enough', () => {
    assert.equal(parseConfig({ HUB_ADMIN_TOKEN: 'a'.repeat(24) }).adminToken, 'a'.repeat(24))
    const { adminListen } = parseConfig({ HUB_ADMIN_LISTEN: '[::1]:8081' })
    assert.deepEqual(adminListen, { host: '::1', port: 8081 })
    for (const bad of ['8081', '127.0.0.1', '127.0.0.1:', '127.0.0.1:70000', ':8081', 'a b:1']) {
      assert.ok(isRefused('HUB_ADMIN_LISTEN', bad), bad)
    }
    for (const bad of ['a'.repeat(23), 'a b'.repeat(20), 'ж'.repeat(30)]) {
      assert.ok(isRefused('HUB_ADMIN_TOKEN', bad), bad)
    }
  })
})

describe('store', () => {
  const read = (url: string) =>
    parseConfig({ HUB_DATABASE_URL: url, HUB_SECRET_KEY: KEY.toString('base64') }).database

  it('sqlite: takes a path or memory', () => {
    assert.deepEqual(read('sqlite::memory:'), { kind: 'sqlite', file: ':memory:' })
    assert.deepEqual(read('sqlite:/var/x.db'), { kind: 'sqlite', file: '/var/x.db' })
    assert.deepEqual(read('sqlite:///var/x.db'), { kind: 'sqlite', file: '/var/x.db' })
    for (const bad of ['sqlite:', 'sqlite://host/x']) {
      assert.ok(isRefused('HUB_DATABASE_URL', bad), bad)
    }
  })

  it('processes cannot share a store in memory', () => {
    const faults = faultsOf({ HUB_DATABASE_URL: 'sqlite::memory:', HUB_WORKERS: '2' })
    assert.deepEqual(Object.keys(faults), ['HUB_WORKERS'])
  })

  it('mysql: decodes every part', () => {
    const url = 'mysql://us%40er:p%3Aa%2Fss@db.example:3307/my%20hub'
    assert.deepEqual(read(url), {
      kind: 'mysql',
      url,
      host: 'db.example',
      port: 3307,
      user: 'us@er',
      password: 'p:a/ss',
      database: 'my hub',
    })
  })

  it('mysql: takes a socket and nothing else as query', () => {
    const url = 'mysql://root@localhost/hub?socketPath=%2Ftmp%2Fa.sock'
    assert.deepEqual(read(url), {
      kind: 'mysql',
      url,
      host: 'localhost',
      port: 3306,
      user: 'root',
      password: '',
      database: 'hub',
      socketPath: '/tmp/a.sock',
    })
    const base = 'mysql://root@localhost'
    for (const bad of [
      `${base}/hub?ssl=1`,
      `${base}/hub?socketPath=/a&socketPath=/b`,
      `${base}/hub?socketPath=a`,
      `${base}/`,
      `${base}/a/b`,
      `${base}:0/hub`,
      `${base}:x/hub`,
      `${base}/hub#x`,
      'mysql://localhost/hub',
      'mysql:root@localhost/hub',
      `mysql://ro%zzot@localhost/hub`,
    ]) {
      assert.ok(isRefused('HUB_DATABASE_URL', bad), bad)
    }
  })

  it('mysql: requires the secret key', () => {
    const faults = faultsOf({ HUB_DATABASE_URL: 'mysql://u:p@h/d' })
    assert.deepEqual(Object.keys(faults), ['HUB_SECRET_KEY'])
  })
})

describe('alerts and traces', () => {
  const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`

  it('are off unless their addresses are set', () => {
    const { alerts, tracing } = parseConfig({ HUB_ALERT_SECRET: secret, OTEL_SERVICE_NAME: 'x' })
    assert.deepEqual([alerts, tracing], [undefined, undefined])
  })

  it('take an address with a path and a query, a secret, headers and a name', () => {
    const { alerts, tracing } = parseConfig({
      HUB_ALERT_URL: 'http://10.0.0.1/hook?key=1',
      HUB_ALERT_SECRET: secret,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20a%3Db, x-y=z',
    })
    assert.deepEqual(alerts, { url: 'http://10.0.0.1/hook?key=1', secret })
    assert.deepEqual(tracing, {
      endpoint: 'http://collector:4318/',
      serviceName: 'openlines-hub',
      headers: { authorization: 'Bearer a=b', 'x-y': 'z' },
    })
  })

  it('name what is wrong and never what was given', () => {
    const faults = faultsOf({
      HUB_ALERT_URL: 'ftp://PLANTED',
      HUB_ALERT_SECRET: 'whsec_PLANTED',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:PLANTED@collector',
      OTEL_EXPORTER_OTLP_HEADERS: 'PLANTED',
    })
    assert.deepEqual(Object.keys(faults).sort(), [
      'HUB_ALERT_SECRET',
      'HUB_ALERT_URL',
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'OTEL_EXPORTER_OTLP_HEADERS',
    ])
    assert.equal(JSON.stringify(faults).includes('PLANTED'), false)
    assert.ok('HUB_ALERT_SECRET' in faultsOf({ HUB_ALERT_URL: 'https://x.example' }))
  })
})

/** What could make a reader of PHP's format slow, by what it is; each is about `bytes` long. */
export function hostilePhp(bytes: number): ReadonlyMap<string, Buffer> {
  const repeat = (unit: string, room = bytes): string =>
    unit.repeat(Math.max(1, Math.floor(room / Buffer.byteLength(unit))))
  const list = (unit: string, isKeyed = false): string => {
    const per = unit.length + 9
    const count = Math.floor(bytes / per)
    const members = Array.from({ length: count }, (_, n) => `i:${isKeyed ? count - n : n};${unit}`)
    return `a:${count}:{${members.join('')}}`
  }
  const text = repeat('я')
  const noText = Buffer.concat([
    Buffer.from(`s:${bytes}:"`),
    Buffer.alloc(bytes, 0xff),
    Buffer.from('";'),
  ])
  const all: readonly (readonly [string, string | Buffer])[] = [
    ['arrays in each other', repeat('a:1:{i:0;')],
    ['arrays in each other, 15 deep', list(`${'a:1:{i:0;'.repeat(14)}N;${'}'.repeat(14)}`)],
    ['a list of empty arrays', list('a:0:{}')],
    ['a list of nulls', list('N;')],
    ['a list of texts', list('s:5:"abcde";')],
    ['keys that go down', list('N;', true)],
    ['keys of 19 digits', list('a:1:{s:19:"9223372036854775807";N;}')],
    ['one key over and over', `a:${Math.floor(bytes / 9)}:{${repeat('s:1:"a";N;')}}`],
    ['integers of 19 digits', list('i:9223372036854775807;')],
    ['floats of 400 digits', list(`d:1.${'3'.repeat(390)};`)],
    ['one long text', `s:${Buffer.byteLength(text)}:"${text}";`],
    ['one text that is no UTF-8', noText],
    ['texts that are no UTF-8', list(`s:9:"${'\u0080'.repeat(9)}";`)],
    ['a count beyond the end', `a:999999999:{${repeat('i:0;N;')}`],
    ['a length beyond the end', `s:999999999:"${repeat('a')}`],
    ['a length of a million digits', `s:${repeat('1')}:"a";`],
    ['an integer without an end', `i:${repeat('1')}`],
    ['objects', list('O:1:"A":0:{}')],
    ['references', list('R:1;')],
    ['the stub over and over', list('s:7:"#EMPTY#";')],
    ['bytes of nothing', Buffer.alloc(bytes)],
  ]
  return new Map(
    all.map(([name, value]) => [
      name,
      typeof value === 'string'
        ? Buffer.from(value, name === 'texts that are no UTF-8' ? 'latin1' : 'utf8')
        : value,
    ]),
  )
}

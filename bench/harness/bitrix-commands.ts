import { readItem } from '../../src/portal/dialects/bitrix/operator-message.ts'
import { readArguments, readCommand } from '../../src/portal/dialects/bitrix/wire/command.ts'
import { type PhpInput, valuesOf } from '../../src/portal/dialects/bitrix/wire/php-value.ts'
import { isSigned } from '../../src/portal/dialects/bitrix/wire/signature.ts'
import { formOf } from '../../test/fakes/bitrix/caller.ts'
import { credentialsOf } from '../../test/fakes/bitrix/credentials.ts'

const CREDENTIALS = credentialsOf('BENCH-LICENCE-KEY')
const TEXT =
  '[b]Анна Берг:[/b] [br]Здравствуйте! Ваш заказ №1234 отправлен 😀, [url=https://shop.example/t?x=1]здесь[/url] видно, где он.'

export interface BigCommand {
  readonly body: Buffer
  /** Of its items. */
  readonly count: number
}

/** `usual`: messages of operators, each with a file. `dense`: as many small values as there is room for. */
export function toBigCommand(shape: 'usual' | 'dense', bytes: number): BigCommand {
  const toItem = shape === 'usual' ? usualItem : denseItem
  const sizeOf = (count: number): Buffer =>
    write(Array.from({ length: count }, (_, n) => toItem(n)))
  const per = (sizeOf(64).length - sizeOf(32).length) / 32
  const count = Math.floor((bytes - 1024) / per)
  return { body: sizeOf(count), count }
}

/** All that is done with a command before anything is queued. */
export function isRightCommand({ body, count }: BigCommand): boolean {
  const command = readCommand(body)
  if (!isSigned(command.fields, CREDENTIALS.keyHash)) return false
  const [items] = valuesOf(readArguments(command))
  return valuesOf(items).map((item) => readItem(item, 'telegram')).length === count
}

function usualItem(number: number): PhpInput {
  const file = {
    name: 'цены.pdf',
    type: 'file',
    link: `https://portal.example/~file${number}`,
    downloadLink: `https://portal.example/download/${number}`,
    size: 123_456,
  }
  return {
    im: { chat_id: 1807, message_id: 1000 + number },
    message: { user_id: 27, text: TEXT, files: [file], attachments: [], params: {} },
    chat: { id: '512345678' },
  }
}

function denseItem(number: number): PhpInput {
  return { chat: { id: number }, message: { id: [1, 2, 3, 4, 5, 6, 7, 8], text: '0' } }
}

function write(items: readonly PhpInput[]): Buffer {
  const order = { command: 'sendMessage', connector: 'telegrambot', line: '7', args: [items] }
  const sender = { ...CREDENTIALS, era: '2026', domain: 'https://portal.example' } as const
  return Buffer.from(formOf(order, sender))
}

import type { JsonObject } from './json.ts'

/** Something that a person's page is to fetch from the hub, because there is nobody the hub could send it to. */
export interface NewLetter {
  readonly lineId: number
  /** At most 64 characters. */
  readonly chatId: string
  /** At most 100 characters; its name within the line: put again under this name it is there once. */
  readonly name: string
  readonly body: JsonObject
  /** Nobody needs it after this, epoch ms: somebody's typing is over. Absent: for as long as the mailbox keeps letters. */
  readonly until?: number
}

export interface Letter {
  /** Grows by one with each letter of its chat, and never begins anew. */
  readonly seq: number
  readonly at: number
  readonly body: JsonObject
}

export interface MailboxReader {
  readonly lineId: number
  readonly chatId: string
  /** The last letter that the page has; everything that is kept, if absent. */
  readonly after?: number
  /** Gets each letter behind it once, in order, whichever process has put it. Must not throw. */
  take(letters: readonly Letter[]): void
  /** More pages of the chat are open here than may be, and this is the oldest: it gets nothing any more. Must not throw. */
  end(): void
}

/** Letters for people's pages, in the store: any process puts them, and any other one hands them out. */
export interface Mailbox {
  /** Resolves when it is stored. Throws StoreUnavailableError. */
  put(letter: NewLetter): Promise<void>
  /** Hands letters out until what it gives is called. While the store is away nothing comes, and nothing is lost. */
  follow(reader: MailboxReader): () => void
}

import type { JsonObject } from '#core/json.ts'
import type { RichText } from '#core/rich-text.ts'

type Word = string | null | undefined

/** As much of an inbound activity as its text depends on. */
export interface TextActivity {
  readonly channelId?: Word
  readonly text?: Word
  readonly textFormat?: Word
  readonly recipient?: { readonly id?: Word } | null | undefined
  readonly entities?: readonly unknown[] | null | undefined
  readonly attachments?:
    | readonly {
        readonly contentType?: Word
        readonly contentUrl?: Word
        readonly content?: unknown
      }[]
    | null
    | undefined
  readonly channelData?: unknown
}

/** What an inbound text says. */
export interface ReadText {
  readonly text: RichText
  /** Id of the message that the text says it answers. */
  readonly replyToId?: string
}

/** As much of an outbound activity as its text makes up. */
export interface WrittenText {
  readonly text?: string
  readonly textFormat?: 'plain' | 'markdown' | 'xml'
  readonly entities?: readonly {
    readonly type: 'mention'
    readonly text: string
    readonly mentioned: { readonly id: string; readonly name: string }
  }[]
  /** In the messenger's own words, for what the connector would not hand on unchanged. */
  readonly channelData?: JsonObject
}

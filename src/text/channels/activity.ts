import type { RichText } from '../../core/rich-text.ts'

type Word = string | null | undefined

/** The fields of a Bot Framework activity that its text depends on; Teams and Skype name people in `entities`. */
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

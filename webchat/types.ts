/** How the chat looks and what it says, as the hub gives it. */
export interface Config {
  readonly title: string
  readonly greeting?: string
  readonly color?: string
  readonly language: 'ru' | 'en' | 'auto'
  readonly ask: 'none' | 'name' | 'contact'
  readonly position: 'right' | 'left'
  readonly offlineText?: string
}

/** Formatted text: a tree whose leaves have a `value`. */
export interface RichNode {
  readonly type: string
  readonly value?: string
  readonly href?: string
  readonly children?: readonly RichNode[]
}

export interface ChatButton {
  readonly text: string
  readonly url?: string
  readonly payload?: string
}

export interface ChatFile {
  readonly name: string
  readonly url?: string
}

export interface Message {
  readonly id: string
  readonly isMine: boolean
  readonly date: string
  readonly text: string
  readonly rich?: readonly RichNode[]
  readonly files?: readonly ChatFile[]
  readonly buttons?: readonly (readonly ChatButton[])[]
  readonly isEdited?: boolean
  readonly isRead?: boolean
  readonly state?: 'waits' | 'failed'
}

/** Something that the hub is still to be told. */
export interface Post {
  readonly type: string
  readonly id: string
  readonly [field: string]: unknown
}

/** What is kept in the browser, so that a chat lives on when the page doesn't. */
export interface Kept {
  token: string
  /** The last event that has come. */
  last: string
  name: string
  contact: string
  isStarted: boolean
  isOpen: boolean
  unread: string[]
  messages: Message[]
  queue: Post[]
}

type Rule = readonly [pattern: RegExp, reason: string]

/** How it is shown or stored, of every channel's files. */
const FILES: readonly Rule[] = [
  [
    /\.(?:width|height|duration)$/,
    'measures of a picture or a recording, which the file itself has',
  ],
]

/**
 * Fields of updates, by real connector, that no event tells, with the reason why. The pattern is about the path, without the
 * numbers of list entries.
 */
export const TECHNICAL: Readonly<Record<string, readonly Rule[]>> = {
  telegram: [
    ...FILES,
    [/^update_id$/, 'names the update: the key'],
    [/business_connection_id$/, 'kept for the answer'],
    [/^callback_query\.id$/, 'answered at once, which stops the clock on the button'],
    [
      /^callback_query\.message\.(?:text|date|from\.|reply_markup\.)/,
      'the message under which the button is, known to the portal by its id',
    ],
    [/\.chat\.type$|sender_chat\.type$/, 'the kind of chat, told in our words'],
    [/file_unique_id$|sticker\.(?:set_name|type|emoji)$/, 'says of a file what its picture shows'],
    [/\.photo\.(?:file_id|file_size)$|video_note\.length$/, 'smaller sizes of the same picture'],
    [/media_group_id$/, 'joins the messages of an album; each is told'],
    [/audio\.title$/, "the file's own name goes before its title"],
    [
      /entities\.(?:type|offset|length|custom_emoji_id)$|quote\.position$/,
      'formatting, told as rich text',
    ],
    [/^message\.contact\.user_id$/, 'of a contact a portal is told name and phone'],
    [/external_reply\./, 'which message of another chat is quoted: a portal knows no such chat'],
    [/forward_(?:date|origin)/, 'that it was forwarded is told; for the author there is no place'],
    [/^message\.from\./, "Telegram's stand-in: the chat in whose name was written is told"],
    [/^message\.sender_chat\.id$/, 'the company in its own chat: outgoing says so'],
    [/reply_to_message\./, 'the message replied to, known to the portal by its id'],
    [/^my_chat_member\./, 'blocked or unblocked, told as the event itself'],
  ],
  viber: [
    ...FILES,
    [/^event$|^message\.type$|^type$/, 'the kind of event'],
    [/^chat_hostname$|\.api_version$/, "of Viber's own use"],
    [/^message_token$/, 'names the update: the key'],
    [/tracking_data$/, "the hub's own: payloads of the buttons"],
    [/sticker_id$/, 'the sticker, whose picture is told or which is unsupported'],
    [/thumbnail$/, 'a smaller picture of the file'],
    [/\.country$/, 'a guess of Viber by the phone number'],
    [/^message\.text$/, "Viber's codes of emoji, told as emoji"],
  ],
  vk: [
    ...FILES,
    [/^(?:type|v|secret|event_id|object\.event_id)$|client_info|version$/, 'of the Callback API'],
    [/\.type$/, 'the kind of a part, told in our words'],
    [
      /\.(?:id|conversation_message_id|album_id|owner_id)$|^object\.id$/,
      "VK's numbers of the same",
    ],
    [
      /(?:fwd_messages|reply_message)\.(?:date|from_id)$/,
      'who wrote what is quoted, and when: no place',
    ],
    [/link_mp3$|sticker\.images\.url$/, 'other forms of the same file'],
    [/link\.title$/, 'of an address that the text holds'],
    [/format_data\./, 'formatting, told as rich text'],
    [/payload$/, "the hub's own envelope of a payload"],
    [/ref_source$/, 'where on VK the link stood'],
    [/message\.text$/, 'escaped as in HTML'],
    [/reaction_id$/, 'a number, told as its emoji'],
    [/read_message_id$/, "VK's own number of the message that was read"],
  ],
  botframework: [
    [/^(?:type|name|action|id)$/, 'the kind of activity'],
    [/^timestamp$/, 'the instant, told in our form'],
    [
      /^(?:channelId|serviceUrl|textFormat|locale)$|\.tenantId$|^recipient\./,
      'kept for the answer',
    ],
    [/conversationType$/, 'the kind of chat, told in our words'],
    [/^channelData\./, "a channel's own copy of the same, with live tokens in it"],
    [/aadObjectId$|\.role$|uniqueId$/, 'ids of the directory'],
    [/^attachments\.content$|^text$/, 'markup, told as rich text'],
    [/^attachments\.contentType$/, 'the kind of a file or of a card'],
    [/^attachments\.(?:contentUrl|content\.type)$/, 'what of an attachment is unsupported'],
    [/^entities\.(?:country|locale|platform|type|geo\.type)$/, "about the person's client"],
    [/^entities\.(?:mentioned\.|text$)/, "the bot's own name, which people must write to be heard"],
    [/quotedReply\.sender/, 'who wrote what is quoted: known by its id'],
    [/^(?:from|membersAdded)\./, 'the bot itself, or who has read'],
    [/^reactions/, "a channel's own name, told as its emoji"],
    [/^value\./, 'the envelope of a card action'],
  ],
}

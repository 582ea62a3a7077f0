type Rule = readonly [pattern: RegExp, reason: string]

/** Messenger and Instagram are alike. */
const META: readonly Rule[] = [
  [
    /^object$|^entry\.(?:id|time|changes\.field)$|recipient\.id$|sender\.id$/,
    'whose the update is: the line',
  ],
  [/\.app_id$/, 'by which app a person wrote for the company'],
  [/message\.text$/, 'of another account, in the same request'],
  [/attachments\.type$/, 'the kind of a file or of a heart, told in our words'],
  [
    /(?:postback|message)\.mid$/,
    'of the press itself: the portal knows the message with the button',
  ],
  [/reaction\.(?:reaction|action)$/, 'told as its emoji, and as added or removed'],
  [
    /referral\.(?:source|type|ad_id)$/,
    'in what way people came, and what the `ref` of the company goes before',
  ],
  [/sticker_id$/, 'the sticker, whose picture is told, or the thumb'],
]

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
  webchat: [[/^id$/, 'named by the browser: the key, and the message’s with the visitor’s']],
  webform: [[/^fields\.name$/, 'what the field means']],
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
    [/^message\.contact\.vcard$/, 'its fields are told, a line each'],
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
    [
      /^attachments\.content\.(?:.*\.)?(?:type|buttons\..*)$/,
      'of a card its words are told, the rest is unsupported',
    ],
    [/^attachments\.(?:contentUrl|content\.type)$/, 'what of an attachment is unsupported'],
    [/^entities\.(?:country|locale|platform|type|geo\.type)$/, "about the person's client"],
    [/^entities\.(?:mentioned\.|text$)/, "the bot's own name, which people must write to be heard"],
    [/quotedReply\.sender/, 'who wrote what is quoted: known by its id'],
    [/^(?:from|membersAdded)\./, 'the bot itself, or who has read'],
    [/^reactions/, "a channel's own name, told as its emoji"],
    [/^value\./, 'the envelope of a card action'],
  ],
  facebook: [
    ...META,
    [/product\.elements\.(?:id|image_url)$/, "the template's picture and number, unsupported"],
    [/attachments\.title$/, 'of an address that the text holds'],
    [/attachments\.payload\.url$/, 'the picture of the thumb'],
  ],
  instagram: [
    ...META,
    [/ads_context_data\./, 'what the company wrote in its advertisement, whose id is told'],
    [/ig_post_media_id$/, "Instagram's number of the post, whose picture is told"],
  ],
  whatsapp: [
    [
      /^object$|^entry\.(?:id|changes\.field)$|value\.(?:messaging_product|metadata\.)/,
      'whose the update is: the line',
    ],
    [/\.sha256$/, 'of the file, which has it'],
    [/\.mime_type$/, 'the type without its parameters is told'],
    [
      /contacts\.profile\.name$|contacts\.wa_id$|recipient_id$|echoes\.to$/,
      'the person, by whose id the chat is known',
    ],
    [/\.type$/, 'the kind of a part, told in our words'],
    [/(?:context|message_echoes)\.from$/, "the line's own number"],
    [/messages\.id$/, 'of the edit itself: the message that it changes is told'],
    [/nfm_reply\.name$/, 'a form is always called flow'],
    [/list_reply\.description$/, 'the second line of a row, which the company wrote'],
    [/phones\.wa_id$/, 'the same number in other writing'],
    [/errors\./, "Meta's own words and numbers, told as our codes or in the kind"],
    [/location\.url$/, "the place's page: its name, address and coordinates are told"],
    [/referral\./, 'what the company wrote in its advertisement, whose id is told'],
    [/order\.catalog_id$/, 'the one catalogue of the company'],
    [/text\.body$/, 'of another number, in the same request'],
    [/statuses\.status$/, 'told in our words'],
    [/biz_opaque_callback_data$/, 'what another program had put to its message'],
    [/statuses\.(?:conversation|pricing)\./, 'what Meta charges'],
  ],
  slack: [
    [
      /^(?:token|type|event_id|api_app_id|trigger_id|response_url)$|^event\.(?:sub)?type$/,
      'the envelope',
    ],
    [/team(?:_id)?$|^team\.|^authorizations\./, 'whose the update is: the line'],
    [/\.(?:action_ts|event_ts|ts|created|client_msg_id)$/, 'instants, and names of the same'],
    [/^message\./, "the app's own message, under which the button is"],
    [
      /^(?:container|channel)\.(?:type|name)$|channel_type$|item\.type$/,
      'the kind of chat or of message',
    ],
    [/^actions\.(?:action_id|block_id|text\.type)$/, "the button's place"],
    [/^event\.(?:previous_)?message\./, 'what stood there before, or stands for what was deleted'],
    [
      /files\.(?:id|filetype|mode|file_access|subtype|url_private|url_private_download)$/,
      "forms of the same file, behind the hub's link",
    ],
    [/parent_user_id$|item_user$/, 'who wrote what is answered: known by its id'],
    [/^event\.(?:attachments\.)?text$/, 'markup, told as rich text'],
    [/attachments\.fallback$/, 'the same once more, for clients that show nothing else'],
    [/attachments\.title(?:_link)?$/, 'of a preview or a card: unsupported'],
    [/^event\.reaction$/, 'a name, told as its emoji'],
  ],
}

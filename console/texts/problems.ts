import type { Words } from '../../src/core/language.ts'

/**
 * What may be wrong with a field: as the hub words it, with `{…}` where something stands, and as the reader is told. `{field}` is
 * the key of another field, which is shown by its label. The first that fits counts.
 */
export const PROBLEMS: readonly (readonly [hub: string, words: Words])[] = [
  ['is required', { en: 'Please fill this in.', ru: 'Заполните это поле.' }],
  ['Please enter text.', { en: 'Please enter text.', ru: 'Введите текст.' }],
  ['is empty', { en: 'Please fill this in.', ru: 'Заполните это поле.' }],
  ['is blank', { en: 'Please fill this in.', ru: 'Заполните это поле.' }],
  ['unknown field', { en: 'There is no such field.', ru: 'Такого поля нет.' }],
  [
    'must not hold control characters, or characters that turn the direction of text',
    {
      en: 'There are invisible characters in it: please type it instead of pasting it.',
      ru: 'В тексте есть невидимые символы: введите его вручную, а не вставкой.',
    },
  ],
  ['is given more than once', { en: 'It is given twice.', ru: 'Указано дважды.' }],
  [
    'names nothing that is to be changed',
    { en: 'Nothing has been changed.', ru: 'Ничего не изменено.' },
  ],
  ['must be text', { en: 'This must be text.', ru: 'Здесь нужен текст.' }],
  [
    'must be an http or https address',
    {
      en: 'Enter an address that begins with http:// or https://.',
      ru: 'Введите адрес, который начинается с http:// или https://.',
    },
  ],
  [
    'must be an http or https address without a password',
    {
      en: 'Enter an http or https address without a password in it.',
      ru: 'Введите адрес http или https без пароля внутри.',
    },
  ],
  [
    'must not hold a user name or password',
    {
      en: 'The address must not hold a user name or password.',
      ru: 'В адресе не должно быть имени пользователя и пароля.',
    },
  ],
  [
    'is to be entered again, for {field} has changed',
    {
      en: 'Enter it again, for “{field}” has changed.',
      ru: 'Введите заново: изменено поле «{field}».',
    },
  ],
  [
    'has the wrong form: {help}',
    {
      en: 'This does not look right: compare it with the hint below.',
      ru: 'Похоже на опечатку: сверьтесь с подсказкой ниже.',
    },
  ],
  [
    'has the wrong form',
    {
      en: 'This does not look right: compare it with the hint below.',
      ru: 'Похоже на опечатку: сверьтесь с подсказкой ниже.',
    },
  ],
  [
    'is longer than {n} characters',
    { en: 'Longer than {n} characters.', ru: 'Слишком длинно: допустимо символов: {n}.' },
  ],
  [
    'must be at most {n} characters',
    { en: 'At most {n} characters.', ru: 'Слишком длинно: допустимо символов: {n}.' },
  ],
  [
    'must have at most {n} characters',
    { en: 'At most {n} characters.', ru: 'Слишком длинно: допустимо символов: {n}.' },
  ],
  [
    'must have 1 to {n} characters',
    { en: 'From 1 to {n} characters.', ru: 'От 1 до {n} символов.' },
  ],
  ['must be one of {list}', { en: 'Choose one of: {list}.', ru: 'Выберите одно из: {list}.' }],
  [
    'must be 1 to 64 characters {signs}',
    { en: 'From 1 to 64 characters of: {signs}', ru: 'От 1 до 64 символов из набора: {signs}' },
  ],
  [
    'must be origins with commas between them: {examples}',
    {
      en: 'Enter addresses of sites with commas between them, such as {examples}',
      ru: 'Введите адреса сайтов через запятую, например {examples}',
    },
  ],
  [
    'must be given one of {list}',
    { en: 'Give it one of: {list}.', ru: 'Укажите одно из: {list}.' },
  ],
  ['is already taken', { en: 'This is taken already.', ru: 'Уже занято.' }],
  [
    "is another portal's already",
    { en: 'Another portal has it already.', ru: 'Уже занято другим порталом.' },
  ],
  [
    'is always {value} for portals of this dialect',
    {
      en: 'For this kind of portal it is always {value}.',
      ru: 'У порталов этого вида здесь всегда {value}.',
    },
  ],
  ['must have at most {n} ranges', { en: 'At most {n} networks.', ru: 'Не больше {n} сетей.' }],
  ['"{cidr}" {problem}', { en: '{cidr}: {problem}', ru: '{cidr}: {problem}' }],
  [
    'is not a CIDR such as 10.0.0.0/8',
    { en: 'This is no network such as 10.0.0.0/8.', ru: 'Это не сеть вида 10.0.0.0/8.' },
  ],
  [
    'is not a CIDR such as {example}',
    { en: 'This is no network such as {example}.', ru: 'Это не сеть вида {example}.' },
  ],
  [
    'must be a time zone such as {example}',
    {
      en: 'Enter a time zone such as Europe/Berlin or UTC.',
      ru: 'Введите часовой пояс, например Europe/Moscow или UTC.',
    },
  ],
  [
    'is no time zone: give a name such as {example}',
    {
      en: 'Enter a time zone such as Europe/Berlin or UTC.',
      ru: 'Введите часовой пояс, например Europe/Moscow или UTC.',
    },
  ],
  [
    'must be a whole number from 1 to {n}',
    { en: 'Enter a whole number from 1 to {n}.', ru: 'Введите целое число от 1 до {n}.' },
  ],
  ['must be a whole number', { en: 'Enter a whole number.', ru: 'Введите целое число.' }],
  ["must be a line's number", { en: 'Enter the number of a line.', ru: 'Введите номер линии.' }],
  [
    'is required for {what}',
    { en: '{what} needs this.', ru: 'Для «{what}» это поле обязательно.' },
  ],
  [
    'is not a setting of {what}',
    { en: '{what} has no such setting.', ru: 'У «{what}» такой настройки нет.' },
  ],
  [
    'not a host[:port]: {hosts}',
    {
      en: 'These are no names of servers: {hosts}',
      ru: 'Это не имена серверов: {hosts}',
    },
  ],
  [
    'is that of {what}, which anybody can sign with: the portal needs a licence key of its own',
    {
      en: 'This key is publicly known, so anybody could sign with it. The portal needs a licence key of its own.',
      ru: 'Этот ключ общеизвестен, подписаться им может кто угодно. Порталу нужен собственный лицензионный ключ.',
    },
  ],
  [
    'is the licence hash again: the key hash is the second of the two',
    {
      en: 'This is the licence hash again. The key hash is the second of the two.',
      ru: 'Это снова хеш лицензии. Хеш ключа — второй из двух.',
    },
  ],
  [
    'the two hashes stand in each other’s place',
    { en: 'The two hashes are swapped.', ru: 'Два хеша перепутаны местами.' },
  ],
  ['must be hh:mm', { en: 'Enter a time such as 09:30.', ru: 'Введите время, например 09:30.' }],
  [
    'is the same as from',
    { en: 'The end must differ from the beginning.', ru: 'Конец должен отличаться от начала.' },
  ],
  [
    'is before the first time',
    { en: 'This is before the first time.', ru: 'Это раньше первого запуска.' },
  ],
  ['must be an instant {such as}', { en: 'Enter a date and time.', ru: 'Введите дату и время.' }],
  ['must be an ISO 8601 instant', { en: 'Enter a date and time.', ru: 'Введите дату и время.' }],
  ['must be at least 60 seconds', { en: 'At least a minute.', ru: 'Не меньше минуты.' }],
  [
    'must be at most 2592000 seconds (30 days)',
    { en: 'At most 30 days.', ru: 'Не больше 30 дней.' },
  ],
  ['must be a code {form}', { en: 'Choose one.', ru: 'Выберите из списка.' }],
  [
    'is empty: give text, files, a location or a contact',
    {
      en: 'The message is empty: give it a text or a file.',
      ru: 'Сообщение пустое: добавьте текст или файл.',
    },
  ],
  [
    'is empty: give add or remove',
    { en: 'Name a tag to add or to remove.', ru: 'Укажите метку, которую добавить или снять.' },
  ],
  ['is empty: name an attribute', { en: 'Name an attribute.', ru: 'Укажите поле.' }],
  [
    'is empty: name what it starts on',
    { en: 'Choose what it starts on.', ru: 'Выберите, на что он срабатывает.' },
  ],
  [
    'is nothing that a trigger can start on',
    { en: 'A trigger can not start on this.', ru: 'На это триггер сработать не может.' },
  ],
  [
    'must be a list of steps',
    { en: 'This must be a list of steps.', ru: 'Здесь нужен список шагов.' },
  ],
  [
    'must hold at least one step',
    { en: 'It needs at least one step.', ru: 'Добавьте хотя бы один шаг.' },
  ],
  [
    'must be an object that names a kind of step',
    { en: 'Choose what this step does.', ru: 'Выберите, что делает этот шаг.' },
  ],
  [
    'names no kind of step: one of {list}',
    { en: 'Choose what this step does.', ru: 'Выберите, что делает этот шаг.' },
  ],
  [
    'is two steps in one: {list}',
    { en: 'These are two steps in one: {list}.', ru: 'Это два шага в одном: {list}.' },
  ],
  [
    'hold more than {n} steps in all',
    { en: 'More than {n} steps in all.', ru: 'Всего шагов больше {n}.' },
  ],
  ['are longer than {n} KiB', { en: 'Longer than {n} KiB.', ru: 'Больше {n} КиБ.' }],
  [
    'are nested too deep: at most {n} lists of steps within each other',
    {
      en: 'Too many lists of steps within each other: at most {n}.',
      ru: 'Слишком много вложенных списков шагов: не больше {n}.',
    },
  ],
  [
    'is given twice: beside the call and in it',
    { en: 'This is given twice.', ru: 'Это указано дважды.' },
  ],
  ['is set by the hub', { en: 'The hub sets this itself.', ru: 'Это хаб задаёт сам.' }],
  ['is no name of a header', { en: 'This is no name of a header.', ru: 'Это не имя заголовка.' }],
  [
    'holds signs that no header may hold',
    { en: 'A header may not hold such signs.', ru: 'В заголовке такие символы недопустимы.' },
  ],
  ['the name {problem}', { en: 'Name: {problem}', ru: 'Имя: {problem}' }],
  [
    'scripts run each other in a circle: {codes}',
    {
      en: 'Scripts run each other in a circle: {codes}.',
      ru: 'Сценарии запускают друг друга по кругу: {codes}.',
    },
  ],
  [
    'are given beside components: give one',
    { en: 'Give either parameters or components.', ru: 'Укажите либо параметры, либо компоненты.' },
  ],
  [
    'give connector and line, or neither',
    { en: 'Give both channel and line, or neither.', ru: 'Укажите и канал, и линию или ничего.' },
  ],
  ['give exactly one of {list}', { en: 'Choose exactly one.', ru: 'Выберите что-то одно.' }],
  ['give only one of {list}', { en: 'Choose only one.', ru: 'Выберите только одно.' }],
  ['say either lead or chat', { en: 'Choose a recipient.', ru: 'Выберите получателя.' }],
  ['is required, or chat or person', { en: 'Choose a recipient.', ru: 'Выберите получателя.' }],
  ['is required, or id', { en: 'Please fill this in.', ru: 'Заполните это поле.' }],
  [
    'is required, or steps; not both',
    {
      en: 'Choose a script or give steps, not both.',
      ru: 'Выберите сценарий или задайте шаги, но не то и другое.',
    },
  ],
  ['is needed with line', { en: 'Choose the channel, too.', ru: 'Выберите и канал.' }],
  [
    'hold more than one image, document or video',
    {
      en: 'Only one picture, document or video.',
      ru: 'Допустимо одно изображение, документ или видео.',
    },
  ],
  [
    'hold more than one button_url',
    { en: 'Only one link button.', ru: 'Допустима одна кнопка со ссылкой.' },
  ],
  ['can not be a name', { en: 'This can not be a name.', ru: 'Такое имя недопустимо.' }],
  ['this name is not allowed', { en: 'This name is not allowed.', ru: 'Такое имя недопустимо.' }],
  [
    'its name must have 1 to {n} characters',
    { en: 'Its name must have 1 to {n} characters.', ru: 'Имя: от 1 до {n} символов.' },
  ],
  [
    'holds half of a surrogate pair',
    {
      en: 'This holds a broken sign. Type it anew.',
      ru: 'Здесь испорченный символ. Введите заново.',
    },
  ],
  ['holds more than {n} values', { en: 'More than {n} values.', ru: 'Больше {n} значений.' }],
  ['hold more than {n} values', { en: 'More than {n} values.', ru: 'Больше {n} значений.' }],
  ['is longer than {n} KiB as JSON', { en: 'Longer than {n} KiB.', ru: 'Больше {n} КиБ.' }],
  [
    'is nested more than {n} deep',
    { en: 'Nested more than {n} deep.', ru: 'Вложенность больше {n}.' },
  ],
  ['must be an object', { en: 'This must be an object.', ru: 'Здесь нужен объект.' }],
  ['must be JSON', { en: 'This is no JSON.', ru: 'Это не JSON.' }],
  [
    'must be an origin such as {example}, without a path',
    { en: 'Enter a site such as {example}.', ru: 'Введите адрес сайта вида {example}.' },
  ],
  ['there is no such {what}', { en: 'It is not there any more.', ru: 'Этого больше нет.' }],
  [
    'there is no recipient with this chat',
    { en: 'Nobody has written in this chat yet.', ru: 'В этом чате ещё никто не писал.' },
  ],
  [
    'this line has no such message',
    { en: 'This line has no such message.', ru: 'У этой линии такого сообщения нет.' },
  ],
  ['is no id of {what}', { en: 'There is no such id.', ru: 'Такого номера нет.' }],
  [
    'is none that {origin}',
    {
      en: 'This list has changed. Load the page again.',
      ru: 'Список изменился. Загрузите страницу снова.',
    },
  ],
  [
    'must be the cursor of the page before',
    {
      en: 'This list has changed. Load the page again.',
      ru: 'Список изменился. Загрузите страницу снова.',
    },
  ],
  [
    'must be a cursor that {method} gave',
    {
      en: 'This list has changed. Load the page again.',
      ru: 'Список изменился. Загрузите страницу снова.',
    },
  ],
  // What the hub says of an attempt at a portal.
  [
    'the portal answered {status}',
    { en: 'The portal answered {status}.', ru: 'Портал ответил: {status}.' },
  ],
  ['HTTP {status}', { en: 'HTTP {status}', ru: 'HTTP {status}' }],
  // What the checker of shapes says by itself.
  [
    'Invalid input: expected {type}, received undefined',
    { en: 'Please fill this in.', ru: 'Заполните это поле.' },
  ],
  [
    'Too small: expected string to have >=1 characters',
    { en: 'Please fill this in.', ru: 'Заполните это поле.' },
  ],
  [
    'Too small: expected string to have >={n} characters',
    { en: 'At least {n} characters.', ru: 'Не меньше символов, чем {n}.' },
  ],
  [
    'Too big: expected string to have <={n} characters',
    { en: 'At most {n} characters.', ru: 'Слишком длинно: допустимо символов: {n}.' },
  ],
  [
    'Too small: expected array to have >={n} items',
    { en: 'At least {n}.', ru: 'Нужно хотя бы {n}.' },
  ],
  ['Too big: expected array to have <={n} items', { en: 'At most {n}.', ru: 'Не больше {n}.' }],
  ['Too small: expected {type} to be >={n}', { en: 'At least {n}.', ru: 'Не меньше {n}.' }],
  ['Too small: expected {type} to be >{n}', { en: 'More than {n}.', ru: 'Больше {n}.' }],
  ['Too big: expected {type} to be <={n}', { en: 'At most {n}.', ru: 'Не больше {n}.' }],
  ['Too big: expected {type} to be <{n}', { en: 'Less than {n}.', ru: 'Меньше {n}.' }],
  [
    'Invalid option: expected one of {list}',
    { en: 'Choose one of: {list}.', ru: 'Выберите одно из: {list}.' },
  ],
  ['Invalid URL', { en: 'This is no address.', ru: 'Это не адрес.' }],
  [
    'Invalid input: expected int, received number',
    { en: 'Enter a whole number.', ru: 'Введите целое число.' },
  ],
  [
    'Invalid input: expected number, received {type}',
    { en: 'Enter a number.', ru: 'Введите число.' },
  ],
  ['Invalid {what}', { en: 'This has the wrong form.', ru: 'Неверный вид значения.' }],
]

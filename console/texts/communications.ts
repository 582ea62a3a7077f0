export const communications = {
  title: { en: 'Communications', ru: 'Коммуникации' },
  soon: { en: 'Nothing here yet', ru: 'Здесь пока ничего нет' },
} as const

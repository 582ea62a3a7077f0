/**
 * Where updates are remembered: tables of one shape that are filled one after another, round and round, and emptied whole. The
 * migration makes them. `day`: for what is remembered as long as HUB_DEDUPE_HOURS says; `week`: for what channels repeat for
 * longer.
 */
export const SLOT_TABLES = {
  day: [
    ...(['seen_day_00', 'seen_day_01', 'seen_day_02', 'seen_day_03'] as const),
    ...(['seen_day_04', 'seen_day_05', 'seen_day_06', 'seen_day_07'] as const),
    ...(['seen_day_08', 'seen_day_09', 'seen_day_10', 'seen_day_11'] as const),
    ...(['seen_day_12', 'seen_day_13', 'seen_day_14', 'seen_day_15'] as const),
  ],
  week: [
    ...(['seen_week_0', 'seen_week_1', 'seen_week_2', 'seen_week_3', 'seen_week_4'] as const),
    ...(['seen_week_5', 'seen_week_6', 'seen_week_7', 'seen_week_8', 'seen_week_9'] as const),
  ],
} as const

export type Ring = keyof typeof SLOT_TABLES

export type SlotTable = (typeof SLOT_TABLES)[Ring][number]

/** Hours of a week as rows that people edit: some days, from, to. Pure. */

import type { Weekday, Weekly } from './shapes'

export const DAYS: readonly (readonly [Weekday, string])[] = [
  ['mon', 'Mon'],
  ['tue', 'Tue'],
  ['wed', 'Wed'],
  ['thu', 'Thu'],
  ['fri', 'Fri'],
  ['sat', 'Sat'],
  ['sun', 'Sun'],
]

/** `till` before `from` runs into the next morning; midnight to midnight is the whole day. */
export interface HoursRow {
  id: number
  days: Weekday[]
  from: string
  till: string
}

let rows = 0

export function row(days: readonly Weekday[], from: string, till: string): HoursRow {
  rows += 1
  return { id: rows, days: [...days], from, till }
}

/** Days with the same period share a row. The API writes periods by weekday, or "always". */
export function rowsOf(written: unknown): HoursRow[] {
  if (written === 'always') return [row(DAYS.map(([day]) => day), '00:00', '00:00')]
  const weekly = (written ?? {}) as Partial<Weekly>
  const byPeriod = new Map<string, Weekday[]>()
  for (const [day] of DAYS) {
    for (const period of weekly[day] ?? []) byPeriod.set(period, [...(byPeriod.get(period) ?? []), day])
  }
  return [...byPeriod].map(([period, days]) => {
    const [from = '', till = ''] = period.split('-').map((at) => at.trim().padStart(5, '0'))
    return row(days, from, till === '24:00' ? '00:00' : till)
  })
}

export function weeklyOf(rows: readonly HoursRow[]): Weekly {
  const on = (day: Weekday) => rows.filter((each) => each.days.includes(day)).map(periodOf).sort()
  return { mon: on('mon'), tue: on('tue'), wed: on('wed'), thu: on('thu'), fri: on('fri'), sat: on('sat'), sun: on('sun') }
}

function periodOf({ from, till }: HoursRow): string {
  return `${from}-${till === '00:00' ? '24:00' : till}`
}

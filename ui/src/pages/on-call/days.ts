/** Turns on call, laid out by day on the business's own clock. Pure. */

/** A wall time of the business without seconds, like 2026-11-26T17:00; such texts sort as times do. */
export type Wall = string

/** How many days the calendar shows at once. */
export const DAYS_SHOWN = 31

export interface Stretch {
  readonly starts: string
  readonly ends: string
}

/** A part of a stretch that lies on one day; "" where it goes on from the day before, or into the next. */
export interface OnDay<T> {
  readonly of: T
  readonly from: string
  readonly till: string
}

/** What an instant's clock shows in a zone. */
export function wallOf(iso: string, zone: string): Wall {
  return new Date(iso).toLocaleString('sv-SE', { timeZone: zone }).slice(0, 16).replace(' ', 'T')
}

export function dayAfter(day: string, days: number): string {
  const at = new Date(`${day}T12:00:00Z`)
  at.setUTCDate(at.getUTCDate() + days)
  return at.toISOString().slice(0, 10)
}

/** So many days, the first included. */
export function daysFrom(first: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, days) => dayAfter(first, days))
}

/** How many days of its week (from Monday) come before a day. */
export function daysSinceMonday(day: string): number {
  return (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7
}

/** What lies on a day, in order of time. */
export function onDay<T extends Stretch>(stretches: readonly T[], day: string, zone: string): readonly OnDay<T>[] {
  const [begins, over] = [`${day}T00:00`, `${dayAfter(day, 1)}T00:00`]
  return stretches
    .map((of) => ({ of, starts: wallOf(of.starts, zone), ends: wallOf(of.ends, zone) }))
    .filter(({ starts, ends }) => starts < over && ends > begins)
    .sort((one, other) => one.starts.localeCompare(other.starts))
    .map(({ of, starts, ends }) => ({
      of,
      from: starts <= begins ? '' : starts.slice(11),
      till: ends >= over ? '' : ends.slice(11),
    }))
}

/** "17:00 – 08:00", "until 08:00", "from 17:00", "all day". */
export function hoursOf({ from, till }: { readonly from: string; readonly till: string }): string {
  if (from === '') return till === '' ? 'all day' : `until ${till}`
  return till === '' ? `from ${from}` : `${from} – ${till}`
}

/** "Thu, Nov 26" of 2026-11-26. */
export function dayName(day: string, locale?: string): string {
  return new Date(`${day}T12:00:00Z`).toLocaleDateString(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' })
}

/** A time on the business's clock: "17:00" today, "Thu, Nov 26, 17:00" on another day. */
export function clockAt(iso: string, zone: string, today: string, locale?: string): string {
  const [day = '', time = ''] = wallOf(iso, zone).split('T')
  return day === today ? time : `${dayName(day, locale)}, ${time}`
}

/** From when to when; the second day only where it is another one. */
export function between({ starts, ends }: { readonly starts: string; readonly ends: string | null }, zone: string, today: string, locale?: string): string {
  const from = clockAt(starts, zone, today, locale)
  if (ends === null) return `from ${from} until they are back`
  return `${from} – ${clockAt(ends, zone, wallOf(starts, zone).slice(0, 10), locale)}`
}

/** The days of a holiday: "Thu, Dec 24 – Sat, Dec 26", with the year where it is another one than today's. */
export function daysOf({ date, through }: { readonly date: string; readonly through: string }, today: string, locale?: string): string {
  const named = (day: string) => (day.slice(0, 4) === today.slice(0, 4) ? dayName(day, locale) : `${dayName(day, locale)} ${day.slice(0, 4)}`)
  return date === through ? named(date) : `${named(date)} – ${named(through)}`
}

/** Who is on call on a holiday: "Pat, then Kim, 18:00 – 24:00". */
export function holidayWords({ names, hours }: { readonly names: readonly string[]; readonly hours: readonly string[] }): string {
  const times = hours.length === 0 ? '' : `, ${hours.map((period) => period.replace('-', ' – ')).join(' and ')}`
  return `${names.join(', then ')}${times}`
}

/** Why somebody is on call, without until when: that is said beside it. */
export function reasonOf(because: string): string {
  const until = because.lastIndexOf(' until ')
  return until < 0 ? because : because.slice(0, until)
}

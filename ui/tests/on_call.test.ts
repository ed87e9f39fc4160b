import { describe, expect, it } from 'vitest'
import { between, clockAt, dayAfter, daysFrom, daysOf, daysSinceMonday, holidayWords, hoursOf, onDay, reasonOf, wallOf } from '../src/pages/on-call/days'

const DENVER = 'America/Denver'
/** Monday 17:00 to Tuesday 08:00 in Denver. */
const night = { starts: '2026-11-24T00:00:00Z', ends: '2026-11-24T15:00:00Z' }

it('reads an instant off the clock of the business', () => {
  expect(wallOf('2026-11-24T00:00:00Z', DENVER)).toBe('2026-11-23T17:00')
  expect(wallOf('2026-07-01T00:00:00+00:00', DENVER)).toBe('2026-06-30T18:00')
})

it('counts days over the end of a year and over the nights on which clocks change', () => {
  expect(daysFrom('2026-12-30', 4)).toEqual(['2026-12-30', '2026-12-31', '2027-01-01', '2027-01-02'])
  expect(dayAfter('2026-10-31', 2)).toBe('2026-11-02')
  expect(['2026-11-23', '2026-11-22'].map(daysSinceMonday)).toEqual([0, 6])
})

describe('a turn over midnight', () => {
  const onDays = (days: readonly string[]) => days.map((day) => onDay([night], day, DENVER).map(hoursOf))
  it('is on both days, and on no other', () =>
    expect(onDays(['2026-11-22', '2026-11-23', '2026-11-24', '2026-11-25'])).toEqual([[], ['from 17:00'], ['until 08:00'], []]))
  it('is not on the day that begins as it ends', () => {
    const till = { starts: '2026-11-24T00:00:00Z', ends: '2026-11-24T07:00:00Z' }
    expect(onDay([till], '2026-11-24', DENVER)).toEqual([])
    expect(onDay([till], '2026-11-23', DENVER).map(hoursOf)).toEqual(['from 17:00'])
  })
  it('fills the days between', () => {
    const long = { starts: night.starts, ends: '2026-11-26T15:00:00Z' }
    expect(onDay([long], '2026-11-25', DENVER).map(hoursOf)).toEqual(['all day'])
  })
  it('comes in order of time', () => {
    const day = { starts: '2026-11-24T15:00:00Z', ends: '2026-11-25T00:00:00Z' }
    expect(onDay([day, night], '2026-11-24', DENVER).map(hoursOf)).toEqual(['until 08:00', '08:00 – 17:00'])
  })
})

it('says times with the day where it is another one', () => {
  expect(clockAt('2026-11-24T00:00:00Z', DENVER, '2026-11-23', 'en-US')).toBe('17:00')
  expect(between(night, DENVER, '2026-11-23', 'en-US')).toBe('17:00 – Tue, Nov 24, 08:00')
  expect(between({ starts: night.starts, ends: null }, DENVER, '2026-11-23', 'en-US')).toBe('from 17:00 until they are back')
})

it('a holiday says its days, with the year where it is another one, and who is on call', () => {
  const [christmas, newYear] = [{ date: '2026-12-24', through: '2026-12-26' }, { date: '2027-01-01', through: '2027-01-01' }]
  expect(daysOf(christmas, '2026-11-22', 'en-US')).toBe('Thu, Dec 24 – Sat, Dec 26')
  expect(daysOf(newYear, '2026-11-22', 'en-US')).toBe('Fri, Jan 1 2027')
  expect(holidayWords({ names: ['Pat', 'Kim'], hours: [] })).toBe('Pat, then Kim')
  expect(holidayWords({ names: ['Pat'], hours: ['08:00-12:00', '18:00-24:00'] })).toBe('Pat, 08:00 – 12:00 and 18:00 – 24:00')
})

it('gives the reason without the time that is said beside it', () => {
  expect(reasonOf('weekly shift until Thursday 26 November, 18:00')).toBe('weekly shift')
  expect(reasonOf('holiday (Out until noon) until midnight')).toBe('holiday (Out until noon)')
  expect(reasonOf('fallback')).toBe('fallback')
})

import { describe, expect, it } from 'vitest'
import { clock, phone, secondsSince, sentence, spoken, timeOfDay, waiting, when, withPhones } from '../src/format'

describe('phone', () => {
  it.each([
    ['+12025550101', '(202) 555-0101'],
    ['+442071838750', '+44 2 071 838 750'],
    ['+35312345678', '+353 12 345 678'],
    ['+4930123456', '+49 30 123 456'],
    ['anonymous', 'anonymous'],
    [null, 'Number withheld'],
    ['', 'Number withheld'],
  ])('%s reads %s', (e164, text) => expect(phone(e164)).toBe(text))
})

describe('clock', () => {
  it.each([
    [0, '0:00'],
    [5.9, '0:05'],
    [724, '12:04'],
    [3723, '1:02:03'],
    [-3, '0:00'],
  ])('%d s is %s', (seconds, text) => expect(clock(seconds)).toBe(text))
})

describe('spoken', () => {
  it.each([
    [1, '1 second'],
    [45, '45 seconds'],
    [60, 'about 1 minute'],
    [130, 'about 2 minutes'],
    [7200, 'about 2 hours'],
  ])('%d s is %s', (seconds, text) => expect(spoken(seconds)).toBe(text))
})

describe('when', () => {
  const now = new Date(2026, 2, 9, 15, 0)

  it('is the time alone today', () => {
    expect(when(new Date(2026, 2, 9, 12, 4).toISOString(), now, 'en-GB')).toBe('12:04')
  })

  it('has the date on another day and the year in another year', () => {
    expect(when(new Date(2026, 2, 8, 12, 4).toISOString(), now, 'en-GB')).toBe('8 Mar, 12:04')
    expect(when(new Date(2025, 11, 31, 23, 59).toISOString(), now, 'en-GB')).toBe('31 Dec 2025, 23:59')
  })

  it('is nothing for no time', () => expect(when(null, now)).toBe(''))
})

it('counts seconds since an ISO time', () => {
  expect(secondsSince('2026-03-09T12:00:00Z', Date.parse('2026-03-09T12:00:07.500Z'))).toBe(7.5)
})

it('says the time of day with seconds', () => {
  expect(timeOfDay(new Date(2026, 2, 9, 2, 4, 5).getTime())).toBe('02:04:05')
})

it('says how many wait', () => {
  expect([0, 1, 3].map(waiting)).toEqual(['Nobody is waiting', '1 call waiting', '3 calls waiting'])
})

it('makes words of keys', () => {
  expect(sentence('phone_back')).toBe('Phone back')
})

it('writes numbers in a text as people do', () =>
  expect(withPhones('+12025550189 hung up; +999 did not.')).toBe('(202) 555-0189 hung up; +999 did not.'))

import { describe, expect, it } from 'vitest'
import { ALL, dayOf, endOfDay, foundIn, HOUSE, listNames, placeOf, queryOf } from '../src/pages/callers/lists'

it('asks for one list, for the house list or for all', () =>
  expect(['harbor', HOUSE, ALL].map(queryOf)).toEqual([{ business: 'harbor' }, { house: true }, {}]))

it('names the house list first', () => {
  const harbor = { id: 'harbor', name: 'Harbor Plumbing', plan_version: 1, numbers: [] }
  expect([...listNames([harbor]).keys()]).toEqual([HOUSE, 'harbor'])
})

describe('the last day of an entry', () => {
  it('comes back as the same day', () => expect(dayOf(endOfDay('2026-12-31'))).toBe('2026-12-31'))
  it('is a moment after all others of that day', () =>
    expect(new Date(endOfDay('2026-03-08') ?? '').getTime()).toBe(new Date(2026, 2, 8, 23, 59, 59).getTime()))
  it('may be left out', () => expect([endOfDay(''), dayOf(null)]).toEqual([null, '']))
})

it('says what a file holds', () =>
  expect([foundIn(0, 0), foundIn(1, 0), foundIn(12, 1)]).toEqual([
    'There are no callers in this file.',
    '1 line, all right.',
    '12 lines right, 1 line wrong.',
  ]))

it('says where a mistake is', () =>
  expect([placeOf({ line: 1, path: '', reason: 'x' }), placeOf({ line: 3, path: 'kind', reason: 'x' })]).toEqual([
    'Line 1',
    'Line 3, kind',
  ]))

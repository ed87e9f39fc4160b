import { expect, it } from 'vitest'
import type { Concern } from '../src/api/types'
import { age, byNeed, placeOf } from '../src/pages/attention/attention'

const concern = (id: string, at: string, late = false) => ({ id, at, late }) as Concern

it('puts alarms first, then the oldest', () => {
  const list = [concern('b', '2026-11-22T13:00:00Z'), concern('a', '2026-11-22T12:00:00Z'), concern('late', '2026-11-22T13:30:00Z', true)]
  expect(byNeed(list).map(({ id }) => id)).toEqual(['late', 'a', 'b'])
})

it('tells an age as people do', () =>
  expect([0, 1, 89, 90, 35 * 60, 60 * 60].map(age)).toEqual(['just now', '1 minute', '89 minutes', '2 hours', '35 hours', '3 days']))

it('leads to the call, the message or the rota, and nowhere for a summary', () => {
  const about = { subject: 's1', business_id: 'harbor', number: null }
  expect(placeOf({ ...about, kind: 'abandoned' })?.path).toBe('/calls/s1')
  expect(placeOf({ ...about, kind: 'unanswered', number: 7 })).toEqual({ path: '/messages/s1', label: 'Message 7' })
  expect(placeOf({ ...about, kind: 'rota_gap' })?.path).toBe('/on-call?business=harbor')
  expect(placeOf({ ...about, kind: 'failed' })).toBeNull()
})

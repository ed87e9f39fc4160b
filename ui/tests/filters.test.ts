import { expect, it } from 'vitest'
import { filterOf, lastDays, listAddress } from '../src/pages/messages/filters'

it('keeps what the list shows in its address', () => {
  expect(listAddress({ business: '', state: 'all', q: '' })).toBe('/messages')
  expect(listAddress({ business: 'harbor', state: 'waiting', q: 'leak & drip' })).toBe('/messages?business=harbor&state=waiting&q=leak+%26+drip')
})

it('takes an unknown state for all', () => expect([filterOf('done'), filterOf('odd'), filterOf(null)]).toEqual(['done', 'all', 'all']))

it('counts days back over the end of a month', () =>
  expect(lastDays(30, new Date(2026, 2, 9))).toEqual({ from: '2026-02-07', to: '2026-03-09' }))

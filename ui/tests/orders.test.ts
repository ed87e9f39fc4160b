import { expect, test } from 'vitest'
import { ordersFor } from '../src/pages/floor/orders'

const until = '2026-11-23T10:00:00Z'
const orders = (state: Parameters<typeof ordersFor>[0]['state'], latest: string | null = null) =>
  ordersFor({ state, wrap_up_until: latest && until, wrap_up_latest: latest }).map((each) => each.order)

test('an order fits the state', () => {
  expect(orders('offline')).toEqual([])
  expect(orders('talking')).toEqual(['pause', 'sign-out'])
  expect(orders('paused')).toEqual(['resume', 'sign-out'])
  expect(orders('unreachable')).toEqual(['resume', 'sign-out'])
})

test('a wrap-up at its limit cannot be extended', () => {
  expect(orders('wrap-up', '2026-11-23T10:05:00Z')).toContain('extend')
  expect(orders('wrap-up', '2026-11-23T10:00:00.4Z')).not.toContain('extend')
  expect(orders('wrap-up', until)).toEqual(['finish', 'pause', 'sign-out'])
})

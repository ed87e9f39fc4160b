import { expect, test } from 'vitest'
import { callsFor } from '../src/agent/calls_for'

const own = { businesses: ['a', 'b', 'c', 'd'].map((id) => ({ id, name: `${id.toUpperCase()} & Co` })) }

test.each([
  [null, 'everything'],
  [{ businesses: ['a'], pools: [] }, 'A & Co'],
  [{ businesses: ['b'], pools: ['shared'] }, 'B & Co, Shared pool'],
  [{ businesses: ['a', 'b', 'c', 'd'], pools: [] }, 'A & Co and 3 more'],
  [{ businesses: ['gone'], pools: [] }, 'gone'],
])('%j is %s', (only, words) => {
  expect(callsFor(only, own)).toBe(words)
})

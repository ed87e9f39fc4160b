import { describe, expect, it } from 'vitest'
import { joined } from '../src/slices'

const slice = (items: readonly number[], next_cursor = '') => ({ items, next_cursor })
const same = (one: number, other: number) => one === other

describe('a list that is read again', () => {
  it('keeps the older slices behind the fresh one, and their cursor', () =>
    expect(joined(slice([9, 8, 7], 'after 7'), slice([8, 7, 6, 5], 'after 5'), same)).toEqual(slice([9, 8, 7, 6, 5], 'after 5')))

  it('is the fresh slice where nothing older was read', () =>
    expect(joined(slice([9, 8], 'after 8'), slice([8], 'after 8'), same)).toEqual(slice([9, 8], 'after 8')))

  it('drops older slices that the fresh one does not reach', () =>
    expect(joined(slice([9, 8], 'after 8'), slice([5, 4], ''), same)).toEqual(slice([9, 8], 'after 8')))

  it('may have become empty', () => expect(joined(slice([]), slice([5, 4], 'after 4'), same)).toEqual(slice([])))
})

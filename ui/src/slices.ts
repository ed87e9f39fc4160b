/** Slices of a long list. Pure. */

export interface Slice<T> {
  readonly items: readonly T[]
  readonly next_cursor: string
}

/**
 * The first slice, read again, before the older items that were read `before`. Where so much is new that the two do not
 * meet, the older ones are dropped: they are read again when somebody asks for more.
 */
export function joined<T>(first: Slice<T>, before: Slice<T>, same: (one: T, other: T) => boolean): Slice<T> {
  const last = first.items.at(-1)
  const meets = last === undefined ? -1 : before.items.findIndex((each) => same(each, last))
  const older = meets < 0 ? [] : before.items.slice(meets + 1)
  if (older.length === 0) return first
  return { items: [...first.items, ...older], next_cursor: before.next_cursor }
}

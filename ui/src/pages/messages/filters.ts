/** Which messages the list shows, kept in its address. Pure. */

export type Filter = 'all' | 'open' | 'waiting' | 'done'

export const ADDRESS = '/messages'

export const FILTERS: readonly { readonly state: Filter; readonly label: string }[] = [
  { state: 'all', label: 'All' },
  { state: 'open', label: 'To do' },
  { state: 'waiting', label: 'Nobody has it' },
  { state: 'done', label: 'Done' },
]

export const EMPTY: Readonly<Record<Filter, string>> = {
  all: 'No messages yet. They come here as soon as callers leave them.',
  open: 'Nothing to do: every message is dealt with.',
  waiting: 'Somebody has every message.',
  done: 'Nothing is marked as done yet.',
}

export function filterOf(state: string | null): Filter {
  return FILTERS.find((each) => each.state === state)?.state ?? 'all'
}

export function listAddress({ business, state, q }: { readonly business: string; readonly state: Filter; readonly q: string }): string {
  const entries = Object.entries({ business, state: state === 'all' ? '' : state, q }).filter(([, value]) => value !== '')
  const query = new URLSearchParams(entries).toString()
  return query === '' ? ADDRESS : `${ADDRESS}?${query}`
}

/** The last day and the one `days` before it, as date inputs write them, by the reader's own clock. */
export function lastDays(days: number, now: Date): { readonly from: string; readonly to: string } {
  const first = new Date(now)
  first.setDate(first.getDate() - days)
  return { from: isoDay(first), to: isoDay(now) }
}

function isoDay(at: Date): string {
  const pad = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`
}

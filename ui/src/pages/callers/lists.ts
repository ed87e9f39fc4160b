/** The lists of callers as the page names them. Pure. */

import type { Business, ImportMistake } from '../../api/types'

/** Stands for the house list; no business has such an id. */
export const HOUSE = 'house:'
/** Stands for all lists together. */
export const ALL = ''

/** What the API wants to hear for one of the lists. */
export function queryOf(list: string): { readonly business?: string; readonly house?: boolean } {
  if (list === HOUSE) return { house: true }
  return list === ALL ? {} : { business: list }
}

/** The lists by id in the order of a choice: the house's first. */
export function listNames(businesses: readonly Business[]): ReadonlyMap<string, string> {
  return new Map([[HOUSE, 'House list (all businesses)'], ...businesses.map((each) => [each.id, each.name] as const)])
}

/** The last second of a day (YYYY-MM-DD) where the reader is, as an ISO time; null for no day. */
export function endOfDay(day: string): string | null {
  return day === '' ? null : new Date(`${day}T23:59:59`).toISOString()
}

/** The reader's day (YYYY-MM-DD) of an ISO time; "" for none. */
export function dayOf(iso: string | null): string {
  if (iso === null) return ''
  const at = new Date(iso)
  const pad = (n: number, length = 2) => String(n).padStart(length, '0')
  return `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`
}

/** What a look through a file has found, in a sentence. */
export function foundIn(right: number, wrong: number): string {
  const lines = (count: number) => (count === 1 ? '1 line' : `${count} lines`)
  if (right + wrong === 0) return 'There are no callers in this file.'
  if (wrong === 0) return `${lines(right)}, all right.`
  return `${lines(right)} right, ${lines(wrong)} wrong.`
}

/** Where a mistake is. */
export function placeOf(mistake: ImportMistake): string {
  return mistake.path === '' ? `Line ${mistake.line}` : `Line ${mistake.line}, ${mistake.path}`
}

/** Words with numbers, as people have them: skills with levels, pools with ranks. Pure. */

export interface Entry {
  word: string
  number: number
}

export const LEVELS = [
  { number: 1, words: '1: can manage' },
  { number: 2, words: '2: fair' },
  { number: 3, words: '3: good' },
  { number: 4, words: '4: very good' },
  { number: 5, words: '5: native, expert' },
] as const

export const RANKS = [
  { number: 0, words: 'asked first' },
  { number: 1, words: 'asked second' },
  { number: 2, words: 'asked third' },
  { number: 3, words: 'asked fourth' },
] as const

/** For a form, by word. */
export function entries(numbers: Readonly<Record<string, number>>): Entry[] {
  return Object.entries(numbers)
    .map(([word, number]) => ({ word, number }))
    .sort((a, b) => a.word.localeCompare(b.word))
}

/** Back from a form; the later of two equal words counts. */
export function byWord(list: readonly Entry[]): Record<string, number> {
  return Object.fromEntries(list.map(({ word, number }) => [word.trim(), number]))
}

/** For one line: "en 5, es 3". A zero goes without saying. */
export function listed(numbers: Readonly<Record<string, number>>): string {
  return entries(numbers)
    .map(({ word, number }) => (number === 0 ? word : `${word} ${number}`))
    .join(', ')
}

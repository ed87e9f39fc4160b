import { expect, test } from 'vitest'
import { byWord, entries, listed } from '../src/pages/setup/numbers'

test('a form gives back what it was given', () => {
  const skills = { es: 3, en: 5 }
  expect(byWord(entries(skills))).toEqual(skills)
  expect(entries(skills).map((entry) => entry.word)).toEqual(['en', 'es'])
  expect(byWord([{ word: ' fr ', number: 2 }])).toEqual({ fr: 2 })
})

test('one line', () => {
  expect(listed({ es: 3, en: 5 })).toBe('en 5, es 3')
  expect(listed({ shared: 0, nights: 2 })).toBe('nights 2, shared')
  expect(listed({})).toBe('')
})

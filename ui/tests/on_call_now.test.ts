import { render } from 'svelte/server'
import { expect, it } from 'vitest'
import OnCallNow from '../src/agent/OnCallNow.svelte'
import type { RotaOnCard } from '../src/api/types'

/** What the page shows, without the marks Svelte leaves in it. */
const shown = (...rotas: RotaOnCard[]) => render(OnCallNow, { props: { rotas } }).body.replace(/<!--.*?-->/g, '')
const plumbers = (people: RotaOnCard['people']): RotaOnCard => ({ key: 'plumbers', name: 'Plumber on call', people })

it('shows name, number to call and until when', () => {
  const body = shown(plumbers([{ name: 'Pat', number: '+12025550192', until: '08:00' }]))
  expect(body).toContain('Plumber on call')
  expect(body).toContain('<strong>Pat</strong>')
  expect(body).toContain('href="tel:+12025550192"')
  expect(body).toContain('(202) 555-0192')
  expect(body).toContain('until 08:00')
})

it('shows who has no telephone and no end in sight', () => {
  const body = shown(plumbers([{ name: 'The office', number: null, until: '' }]))
  expect(body).toContain('no telephone number')
  expect(body).not.toContain('tel:')
  expect(body).not.toContain('until')
})

it('says that nobody is on call, and that nobody has looked yet', () => {
  expect(shown(plumbers([]))).toContain('Nobody is on call')
  expect(shown(plumbers(null))).toContain('It is being looked up')
})

it('shows two people of one name, each with their number', () => {
  const twice = [{ name: 'Pat', number: '+12025550192', until: '' }, { name: 'Pat', number: '+12025550192', until: '' }]
  expect(shown(plumbers(twice)).match(/tel:\+12025550192/g)).toHaveLength(2)
})

it('takes names for words, never for markup', () => {
  const body = shown({ key: 'a', name: '<b>Night</b>', people: [{ name: '<img src=x onerror=alert(1)>', number: null, until: '<i>8</i>' }] })
  expect(body).not.toMatch(/<(b|img|i)[ >]/)
  expect(body).toContain('&lt;img src=x')
})

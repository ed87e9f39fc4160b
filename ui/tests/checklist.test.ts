import { describe, expect, it } from 'vitest'
import { steps, type Standing } from '../src/pages/setup/checklist'

type Person = NonNullable<Standing['people']>[number]
const agent: Person = { role: 'agent', disabled: false, sip_username: 'ana', pools: { shared: 0 }, dedicated_to: [] }

function open(standing: Partial<Standing>): readonly string[] {
  return steps({ businesses: [], trunks: [], people: [], ...standing })
    .filter((step) => !step.done)
    .map((step) => step.title)
}

describe('what a service still lacks', () => {
  it('is everything at first', () => {
    expect(open({})).toEqual(['Add a business', 'Give it a number', 'Connect a trunk', 'Add an agent'])
  })

  it('is nothing once a call can come through', () => {
    expect(open({ businesses: [{ numbers: [] }, { numbers: ['+12025550101'] }], trunks: [{}], people: [agent] })).toEqual([])
  })

  it('is not said of what one may not see', () => {
    expect(open({ trunks: null, people: null })).toEqual(['Add a business', 'Give it a number'])
  })

  it.each<[string, Person]>([
    ['disabled', { ...agent, disabled: true }],
    ['without a telephone', { ...agent, sip_username: null }],
    ['whom no call is offered', { ...agent, pools: {} }],
    ['of a business', { ...agent, role: 'business' }],
  ])('is an agent when there is only somebody %s', (_, person) => {
    expect(open({ people: [person] })).toContain('Add an agent')
  })
})

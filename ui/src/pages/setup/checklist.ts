/** What a service still lacks before it can answer its first call. Pure. */

import type { Business, Person } from '../../api/types'

/** What there is; null for what the person who looks may not see. */
export interface Standing {
  readonly businesses: readonly Pick<Business, 'numbers'>[]
  readonly trunks: readonly unknown[] | null
  readonly people: readonly Pick<Person, 'role' | 'disabled' | 'sip_username' | 'pools' | 'dedicated_to'>[] | null
}

export interface Step {
  readonly title: string
  readonly why: string
  readonly done: boolean
  readonly path: string
}

export function steps({ businesses, trunks, people }: Standing): readonly Step[] {
  const steps: (Step | false)[] = [
    {
      title: 'Add a business',
      why: 'It comes with a plan that works; read it and change what callers hear.',
      done: businesses.length > 0,
      path: '/setup/businesses',
    },
    {
      title: 'Give it a number',
      why: 'The number callers dial. Until then they hear that it is not in use.',
      done: businesses.some((business) => business.numbers.length > 0),
      path: '/setup/numbers',
    },
    trunks !== null && {
      title: 'Connect a trunk',
      why: 'The carrier that brings the calls; only configured trunks are let in.',
      done: trunks.length > 0,
      path: '/setup/trunks',
    },
    people !== null && {
      title: 'Add an agent',
      why: 'Somebody with a telephone’s user name, in the shared pool or dedicated to the business.',
      done: people.some(takesCalls),
      path: '/setup/people',
    },
  ]
  return steps.filter((step) => step !== false)
}

function takesCalls(person: NonNullable<Standing['people']>[number]): boolean {
  if (person.disabled || person.role === 'business' || person.role === 'staff' || person.sip_username === null) return false
  return Object.keys(person.pools).length > 0 || person.dedicated_to.length > 0
}

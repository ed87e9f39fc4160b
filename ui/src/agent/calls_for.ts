import type { AgentSetup, Chosen } from '../api/types'
import { sentence } from '../format'

const MOST_NAMES = 2

/** What an agent takes calls for, in a few words: "everything", "Harbor Plumbing and 2 more". Pure. */
export function callsFor(only: Chosen | null, own: Pick<AgentSetup, 'businesses'>): string {
  if (only === null) return 'everything'
  const names = only.businesses.map((id) => own.businesses.find((business) => business.id === id)?.name ?? id)
  const all = [...names, ...only.pools.map((pool) => `${sentence(pool)} pool`)]
  if (all.length <= MOST_NAMES) return all.join(', ')
  return `${all.slice(0, MOST_NAMES - 1).join(', ')} and ${all.length - MOST_NAMES + 1} more`
}

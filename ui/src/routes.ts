/** Which page an address shows, and what the navigation offers to whom. Pure. */

export type Page =
  | { readonly name: PlainPage }
  | { readonly name: 'message' | 'call' | 'business'; readonly id: string }
  | { readonly name: 'not-found' }

type PlainPage = 'agent' | 'account' | 'messages' | 'outbox' | 'calls' | 'floor' | 'businesses' | 'numbers' | 'trunks' | 'people' | 'callers' | 'delivery' | 'on-call' | 'attention' | 'tasks' | 'own-people'

const PLAIN: Readonly<Record<string, PlainPage>> = {
  '/agent': 'agent',
  '/account': 'account',
  '/messages': 'messages',
  '/outbox': 'outbox',
  '/calls': 'calls',
  '/callers': 'callers',
  '/delivery': 'delivery',
  '/on-call': 'on-call',
  '/attention': 'attention',
  '/tasks': 'tasks',
  '/people-here': 'own-people',
  '/floor': 'floor',
  '/setup': 'businesses',
  '/setup/businesses': 'businesses',
  '/setup/numbers': 'numbers',
  '/setup/trunks': 'trunks',
  '/setup/people': 'people',
}

const WITH_ID: readonly (readonly [string, 'message' | 'call' | 'business'])[] = [
  ['/messages/', 'message'],
  ['/calls/', 'call'],
  ['/setup/businesses/', 'business'],
]

export function pageAt(path: string): Page {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, '') : path
  const plain = PLAIN[trimmed]
  if (plain !== undefined) return { name: plain }
  for (const [prefix, name] of WITH_ID) {
    const id = trimmed.startsWith(prefix) ? trimmed.slice(prefix.length) : ''
    if (id !== '' && !id.includes('/')) return { name, id: decodeURIComponent(id) }
  }
  return { name: 'not-found' }
}

/** What of a signed-in person decides what they see. `may` holds the API's action names. */
export interface Viewer {
  readonly role: string
  readonly business_id: string | null
  readonly takes_calls: boolean
  readonly may: readonly string[]
}

export interface NavigationLink {
  readonly path: string
  readonly label: string
  /** What is counted beside it, if anything. */
  readonly counts?: 'attention' | 'tasks'
}

/** The main navigation; what a person may not do is not there. */
export function navigation(viewer: Viewer): readonly NavigationLink[] {
  const links: (NavigationLink | false)[] = [
    viewer.takes_calls && { path: '/agent', label: 'Agent', counts: 'tasks' },
    viewer.may.includes('see_floor') && { path: '/floor', label: 'Floor' },
    viewer.may.includes('handle_attention') && { path: '/attention', label: 'Attention', counts: 'attention' },
    // Agents have them on their own page.
    viewer.may.includes('do_tasks') && !viewer.takes_calls && { path: '/tasks', label: 'Tasks', counts: 'tasks' },
    viewer.may.includes('see_messages') && { path: '/messages', label: 'Messages' },
    viewer.may.includes('see_calls') && { path: '/calls', label: 'Calls' },
    viewer.may.includes('see_rota') && { path: '/on-call', label: 'On call' },
    viewer.may.includes('edit_delivery') && { path: '/delivery', label: 'Delivery' },
    viewer.may.includes('edit_caller_lists') && { path: '/callers', label: 'Callers' },
    viewer.may.includes('see_outbox') && { path: '/outbox', label: 'Outbox' },
    viewer.may.includes('manage_businesses') && { path: '/setup', label: 'Set-up' },
    viewer.business_id !== null && viewer.may.includes('manage_own_people') && { path: '/people-here', label: 'People' },
    viewer.business_id !== null && { path: `/setup/businesses/${encodeURIComponent(viewer.business_id)}`, label: 'Our plan' },
  ]
  return links.filter((link) => link !== false)
}

/** The navigation inside Set-up. */
export function setupNavigation(viewer: Viewer): readonly NavigationLink[] {
  const links: (NavigationLink | false)[] = [
    { path: '/setup/businesses', label: 'Businesses' },
    { path: '/setup/numbers', label: 'Numbers' },
    viewer.may.includes('manage_trunks') && { path: '/setup/trunks', label: 'Trunks' },
    viewer.may.includes('manage_people') && { path: '/setup/people', label: 'People' },
    viewer.may.includes('manage_own_people') && { path: '/people-here', label: "Businesses' people" },
  ]
  return links.filter((link) => link !== false)
}

/** Where `/` leads: agents to their console, everybody else to the first thing they see. */
export function home(viewer: Viewer): string {
  if (viewer.role === 'agent') return '/agent'
  return navigation(viewer).find((link) => link.path !== '/agent')?.path ?? '/messages'
}

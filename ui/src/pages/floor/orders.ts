import type { FloorAgent } from '../../api/types'

/** What a supervisor can have an agent do. */
export type Order = 'pause' | 'resume' | 'sign-out' | 'extend' | 'finish'

export interface Offered {
  readonly order: Order
  /** On the list. */
  readonly label: string
  /** On the button that does it. */
  readonly deed: string
}

const PAUSE: Offered = { order: 'pause', label: 'Pause', deed: 'Pause' }
const RESUME: Offered = { order: 'resume', label: 'Make available', deed: 'Make available' }
const SIGN_OUT: Offered = { order: 'sign-out', label: 'Stop work', deed: 'Stop work' }
const EXTEND: Offered = { order: 'extend', label: '30 seconds more for the message', deed: 'Give 30 seconds' }
const FINISH: Offered = { order: 'finish', label: 'End the wrap-up', deed: 'End wrap-up' }

/** The orders that fit the state an agent is in. Pure. */
export function ordersFor(agent: Pick<FloorAgent, 'state' | 'wrap_up_until' | 'wrap_up_latest'>): readonly Offered[] {
  switch (agent.state) {
    case 'offline':
      return []
    case 'available':
    case 'offered':
    case 'talking':
      return [PAUSE, SIGN_OUT]
    case 'paused':
    case 'unreachable':
      return [RESUME, SIGN_OUT]
    case 'wrap-up':
      return extendable(agent) ? [FINISH, EXTEND, PAUSE, SIGN_OUT] : [FINISH, PAUSE, SIGN_OUT]
  }
}

/** Is at least a second left of the longest wrap-up there is? */
function extendable({ wrap_up_until: until, wrap_up_latest: latest }: Pick<FloorAgent, 'wrap_up_until' | 'wrap_up_latest'>): boolean {
  return until !== null && latest !== null && Date.parse(latest) - Date.parse(until) >= 1000
}

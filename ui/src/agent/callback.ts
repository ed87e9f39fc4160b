import type { CallCard } from '../api/types'

/** Does the person who is called back still have to answer? Pure. */
export function isBeingCalled(call: CallCard): boolean {
  return call.callback !== null && call.connected_at === null && !call.caller_gone
}

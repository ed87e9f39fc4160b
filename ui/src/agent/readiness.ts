import type { SoftphoneStatus } from '../softphone_status'
import type { Microphone } from './microphone'

const PROBLEM: Record<Exclude<Microphone, 'unknown' | 'working'>, string> = {
  denied: 'microphone not allowed',
  missing: 'no microphone',
  busy: 'microphone cannot be opened',
  muted: 'microphone muted',
  insecure: 'no microphone on this address',
}

/**
 * The answer to the desk's question before a call is offered: "" when this page could take one, else why not in a few
 * words; null while that is being found out. Pure.
 */
export function readiness(phone: SoftphoneStatus, microphone: Microphone): string | null {
  if (microphone !== 'unknown' && microphone !== 'working') return PROBLEM[microphone]
  if (phone.link === 'lost' || phone.link === 'refused') return 'telephone not connected'
  // The last call's end may still be on its way.
  return phone.link === 'ready' && phone.call === 'none' && microphone === 'working' ? '' : null
}

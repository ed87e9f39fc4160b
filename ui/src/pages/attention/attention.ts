/** The list of what must not be lost, in words. Pure. */

import type { Concern } from '../../api/types'
import type { Said } from '../../words'

const KIND: Record<Concern['kind'], Said> = {
  abandoned: { words: 'Caller hung up waiting', tone: 'warn' },
  partial: { words: 'Unfinished message', tone: 'warn' },
  failed: { words: 'Reached nobody', tone: 'bad' },
  unanswered: { words: 'Nobody has it', tone: 'bad' },
  rota_gap: { words: 'Nobody on call', tone: 'warn' },
}

export function concernKind(kind: Concern['kind']): Said {
  return KIND[kind]
}

/** Where to look closer; null when there is nothing to see but the sentence. */
export function placeOf({ kind, subject, business_id, number }: Pick<Concern, 'kind' | 'subject' | 'business_id' | 'number'>): { readonly path: string; readonly label: string } | null {
  if (kind === 'abandoned') return { path: `/calls/${encodeURIComponent(subject)}`, label: 'The call' }
  if (kind === 'rota_gap') return { path: `/on-call?business=${encodeURIComponent(business_id)}`, label: 'The rota' }
  return number === null ? null : { path: `/messages/${encodeURIComponent(subject)}`, label: `Message ${number}` }
}

/** "just now", "12 minutes", "3 hours", "2 days". */
export function age(minutes: number): string {
  if (minutes < 1) return 'just now'
  const [amount, unit] = minutes < 90 ? [minutes, 'minute'] : minutes < 36 * 60 ? [Math.round(minutes / 60), 'hour'] : [Math.round(minutes / 1440), 'day']
  return amount === 1 ? `1 ${unit}` : `${amount} ${unit}s`
}

/** Alarms first, then the oldest. */
export function byNeed(concerns: readonly Concern[]): readonly Concern[] {
  return concerns.toSorted((one, other) => Number(other.late) - Number(one.late) || Date.parse(one.at) - Date.parse(other.at))
}

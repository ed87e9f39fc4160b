/** How far a message has come on its way to somebody who has it, in words. Pure. */

import type { Escalation, EscalationStep, Message, Task } from '../../api/types'
import { when } from '../../format'
import { channel, type Said } from '../../words'

const HOW: Readonly<Record<string, string>> = {
  sms: 'by text',
  email: 'by e-mail',
  voice: 'on the phone',
  page: 'on the private page',
  webhook: 'through your own system',
  ntfy: 'by ntfy',
  portal: 'on these pages',
  agent: 'through an agent',
}

/** "Pat", "Pat and Kim", "Pat, Kim and one of our agents". */
export function listed(words: readonly string[], word = 'and'): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${word} ${last}`
}

/** Whom a step tells, and by what: "Pat by SMS and phone call". */
export function stepWords(step: EscalationStep, names: Escalation['names']): string {
  const people = listed(step.to.map((key) => (key === 'agents' ? 'one of our agents' : (names?.[key] ?? key))))
  const by = listed(step.by.map((each) => channel(each).replace(/^[A-Z](?=[a-z-])/, (letter) => letter.toLowerCase())))
  return by === '' ? people : `${people} by ${by}`
}

/** What comes when the wait that is going on ends. */
export interface Next {
  readonly words: string
  readonly at: string
}

/** What happens if nobody says that they have it; null when nothing more will. */
export function nextOf(it: Escalation): Next | null {
  if (it.state === 'held' && it.due !== null) return { words: 'It goes out in a summary', at: it.due }
  if (it.state !== 'asking' || it.due === null || !it.asks) return null
  const step = it.steps[it.step ?? 0]
  const following = it.steps[(it.step ?? 0) + 1]
  if (step !== undefined && (it.round ?? 0) + 1 < step.times) return { words: `Once more: ${stepWords(step, it.names)}`, at: it.due }
  if (following !== undefined) return { words: `Next: ${stepWords(following, it.names)}`, at: it.due }
  return { words: 'Then our supervisor is alarmed', at: it.due }
}

/** One escalation in a sentence. */
export function progress(it: Escalation, now?: Date): string {
  const step = it.steps[it.step ?? 0]
  switch (it.state) {
    case 'held':
      return 'Kept for a summary.'
    case 'asking': {
      if (step === undefined) return 'On its way.'
      if (!it.asks) return `On its way to ${stepWords(step, it.names)}.`
      const round = (it.round ?? 0) > 0 ? `, for the ${ordinal((it.round ?? 0) + 1)} time of ${step.times}` : ''
      return `Asking ${stepWords(step, it.names)}${round}.`
    }
    case 'taken': {
      const how = HOW[it.how] ?? ''
      return `${it.by} has it: said so${how === '' ? '' : ` ${how}`}, ${when(it.at, now)}${it.late ? ', after the alarm' : ''}.`
    }
    case 'told':
      return `It arrived, ${when(it.at, now)}.`
    case 'unanswered':
      return `Nobody has said that they have it; our supervisor was alarmed at ${when(it.at, now)}. ${it.why}`.trim()
  }
}

/** Where the message stands as a whole: what the reader must know first. */
export function standing(all: readonly Escalation[], done: boolean): Said {
  const taken = all.find((each) => each.state === 'taken')
  if (taken !== undefined) return { words: `${taken.by} has it`, tone: 'good' }
  if (done) return { words: 'Dealt with', tone: 'good' }
  if (all.some((each) => each.state === 'unanswered')) return { words: 'Nobody has it', tone: 'bad' }
  if (all.some((each) => each.state === 'asking' && each.asks)) return { words: 'Waiting for somebody to say that they have it', tone: 'warn' }
  if (all.some((each) => each.state === 'asking')) return { words: 'On its way', tone: 'accent' }
  if (all.some((each) => each.state === 'held')) return { words: 'Kept for a summary', tone: 'calm' }
  return all.length === 0 ? { words: 'Not sent to anybody', tone: '' } : { words: 'Delivered', tone: 'good' }
}

/** Who has a message, as a mark in the list. */
export function holder({ has_it, waiting, done_at }: Pick<Message, 'has_it' | 'waiting' | 'done_at'>): readonly Said[] {
  if (has_it !== '') return [{ words: `${has_it} has it`, tone: 'good' }]
  return waiting && done_at === null ? [{ words: 'Nobody has it yet', tone: 'warn' }] : []
}

/** Can somebody still say that they have it? */
export function isToBeTaken(all: readonly Escalation[]): boolean {
  return !all.some((each) => each.state === 'taken') && all.some((each) => each.state === 'held' || each.state === 'unanswered' || (each.state === 'asking' && each.asks))
}

/** What became of something an agent was asked to do. */
export function taskState(task: Task, now: Date): Said {
  if (task.done_at !== null) return task.done_by === null ? { words: 'Not wanted any more', tone: '' } : { words: `Done by ${task.done_by_name}, ${when(task.done_at, now)}`, tone: 'good' }
  if (task.taken_by !== null) return { words: `${task.taken_by_name} is on it`, tone: 'accent' }
  if (Date.parse(task.due_at) > now.getTime()) return { words: `From ${when(task.due_at, now)} on`, tone: '' }
  return { words: 'Waiting for an agent', tone: 'warn' }
}

export interface Day<T> {
  readonly day: string
  readonly entries: readonly (T & { readonly time: string })[]
}

/** Entries under the day they are of, each with its time alone. `wall` is like "Thu 26 Nov 2026, 17:00:05 EST". */
export function byDay<T extends { readonly wall: string }>(entries: readonly T[]): readonly Day<T>[] {
  const days: { day: string; entries: (T & { time: string })[] }[] = []
  for (const entry of entries) {
    const [day = '', clock = ''] = entry.wall.split(', ')
    const [time = '', zone = ''] = clock.split(' ')
    const heading = zone === '' ? day : `${day} (${zone})`
    if (days.at(-1)?.day !== heading) days.push({ day: heading, entries: [] })
    days.at(-1)?.entries.push({ ...entry, time })
  }
  return days
}

function ordinal(n: number): string {
  return `${n}${n === 2 ? 'nd' : n === 3 ? 'rd' : n === 1 ? 'st' : 'th'}`
}

import { describe, expect, it } from 'vitest'
import type { Escalation, Task } from '../src/api/types'
import { byDay, holder, isToBeTaken, listed, nextOf, progress, standing, taskState } from '../src/pages/messages/progress'

const now = new Date(2026, 10, 22, 14, 0)
const due = new Date(2026, 10, 22, 14, 5).toISOString()
const step = (to: string[], more = {}) => ({ to, by: ['sms' as const], else_by: [], wait_minutes: 5, times: 1, ...more })
const asking: Escalation = {
  id: 'e1',
  rule: 'Emergencies',
  state: 'asking',
  asks: true,
  steps: [step(['tonight'], { by: ['sms', 'voice'], times: 2 }), step(['kim', 'agents'])],
  names: { tonight: 'whoever is on call (Nights)', kim: 'Kim' },
  step: 0,
  round: 0,
  told: ['pat'],
  due,
  at: null,
  by: '',
  how: '',
  late: false,
  why: '',
}
const taken: Escalation = { ...asking, state: 'taken', due: null, at: now.toISOString(), by: 'Kim', how: 'sms' }
const unanswered: Escalation = { ...asking, state: 'unanswered', due: null, at: now.toISOString(), why: 'Nobody answered.' }

describe('where a message is going', () => {
  it('says who is asked and by what', () =>
    expect(progress(asking, now)).toBe('Asking whoever is on call (Nights) by SMS and phone call.'))

  it('counts the rounds', () => expect(progress({ ...asking, round: 1 }, now)).toMatch(/, for the 2nd time of 2\.$/))

  it('says what comes next: once more, the next step, the alarm', () => {
    expect(nextOf(asking)).toEqual({ words: 'Once more: whoever is on call (Nights) by SMS and phone call', at: due })
    expect(nextOf({ ...asking, round: 1 })?.words).toBe('Next: Kim and one of our agents by SMS')
    expect(nextOf({ ...asking, step: 1 })?.words).toBe('Then our supervisor is alarmed')
  })

  it('promises nothing more once it has ended, or when nobody is asked', () =>
    expect([taken, unanswered, { ...asking, asks: false }].map(nextOf)).toEqual([null, null, null]))

  it('says who has it, how and how late', () => {
    expect(progress(taken, now)).toMatch(/^Kim has it: said so by text, .*00.*\.$/)
    expect(progress({ ...taken, late: true }, now)).toMatch(/, after the alarm\.$/)
  })

  it('stands as its worst way does, unless somebody has it', () => {
    expect(standing([asking, unanswered], false).words).toBe('Nobody has it')
    expect(standing([unanswered, taken], false).words).toBe('Kim has it')
    expect(standing([asking, { ...asking, state: 'held' }], false).tone).toBe('warn')
    expect(standing([unanswered], true).words).toBe('Dealt with')
    expect(standing([], false).words).toBe('Not sent to anybody')
  })

  it('can be taken until somebody has it, even after the alarm', () => {
    expect([asking, unanswered].map((each) => isToBeTaken([each]))).toEqual([true, true])
    expect(isToBeTaken([unanswered, taken])).toBe(false)
    expect(isToBeTaken([{ ...asking, asks: false }])).toBe(false)
  })

  it('is marked in the list by who has it', () => {
    expect(holder({ has_it: 'Kim', waiting: true, done_at: null })[0]?.words).toBe('Kim has it')
    expect(holder({ has_it: '', waiting: true, done_at: null })[0]?.tone).toBe('warn')
    expect(holder({ has_it: '', waiting: true, done_at: due })).toEqual([])
  })
})

describe('what an agent was asked to do', () => {
  const task = { done_at: null, done_by: null, done_by_name: '', taken_by: null, taken_by_name: '', due_at: due } as Task

  it('waits for its time, for an agent, is being done, is done, is not wanted any more', () => {
    expect(taskState(task, now).words).toMatch(/^From .* on$/)
    expect(taskState(task, new Date(due)).words).toBe('Waiting for an agent')
    expect(taskState({ ...task, taken_by: 'ana', taken_by_name: 'Ana' }, now).words).toBe('Ana is on it')
    expect(taskState({ ...task, done_at: due, done_by: 'ana', done_by_name: 'Ana' }, now).words).toMatch(/^Done by Ana, /)
    expect(taskState({ ...task, done_at: due }, now).words).toBe('Not wanted any more')
  })
})

it('lists words as people do', () => expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']))

it('puts what happened under its day, and begins anew where the clock was changed', () => {
  const days = byDay([{ wall: 'Sat 31 Oct 2026, 23:59:00 EDT' }, { wall: 'Sun 1 Nov 2026, 01:30:00 EDT' }, { wall: 'Sun 1 Nov 2026, 01:10:00 EST' }])
  expect(days.map(({ day, entries }) => [day, ...entries.map(({ time }) => time)])).toEqual([
    ['Sat 31 Oct 2026 (EDT)', '23:59:00'],
    ['Sun 1 Nov 2026 (EDT)', '01:30:00'],
    ['Sun 1 Nov 2026 (EST)', '01:10:00'],
  ])
})

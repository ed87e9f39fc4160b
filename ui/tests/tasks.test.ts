import { describe, expect, it } from 'vitest'
import type { Task } from '../src/api/types'
import { reachable, sorted, taskCount, taskTitle } from '../src/agent/tasks'

const now = Date.parse('2026-11-22T14:00:00Z')
const task = (id: string, taken_by: string | null = null, due_at = '2026-11-22T13:00:00Z') => ({ id, taken_by, due_at }) as Task
const ids = (tasks: readonly Task[]) => tasks.map(({ id }) => id).join(' ')

describe('tasks', () => {
  it('come mine first, then those that are due; later ones and those of others apart', () => {
    const lists = sorted([task('free'), task('later', null, '2026-11-22T17:00:00Z'), task('bens', 'ben'), task('mine', 'ana', '2026-11-22T17:00:00Z')], 'ana', now)
    expect([ids(lists.now), ids(lists.later), ids(lists.others)]).toEqual(['mine free', 'later', 'bens'])
  })

  it('are counted in words', () => expect([0, 1, 2].map(taskCount)).toEqual(['No tasks', '1 task', '2 tasks']))

  it('are headed by whom to call', () => {
    expect(taskTitle({ kind: 'reply', caller: '+12025550147' })).toBe('Call (202) 555-0147 back')
    expect(taskTitle({ kind: 'escalation', caller: '+12025550147' })).toBe('Reach somebody at the business')
  })
})

it('finds whom to reach by phone, each number once, in the order of the rules', () => {
  const step = (contact_name: string, channel: string, address: string) => ({ contact_name, channel, address, trouble: '' })
  const steps = [step('', '', ''), step('Pat', 'sms', '+12025550101'), step('Pat', 'email', 'pat@example.test'), step('Pat', 'voice', '+12025550101'), step('Kim', 'voice', '+12025550102')]
  expect(reachable(steps)).toEqual([
    { name: 'Pat', number: '+12025550101' },
    { name: 'Kim', number: '+12025550102' },
  ])
})

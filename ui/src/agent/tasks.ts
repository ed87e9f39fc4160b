/** Which tasks are whose and when. Pure. */

import type { Task } from '../api/types'
import { phone } from '../format'

export interface Sorted {
  /** Mine first, then those nobody does, the longest due first. */
  readonly now: readonly Task[]
  /** Those whose time has not come. */
  readonly later: readonly Task[]
  /** What others do. */
  readonly others: readonly Task[]
}

export function sorted(tasks: readonly Task[], me: string, at: number): Sorted {
  const others = tasks.filter((task) => task.taken_by !== null && task.taken_by !== me)
  const rest = tasks.filter((task) => !others.includes(task))
  const mine = rest.filter((task) => task.taken_by === me)
  const free = rest.filter((task) => task.taken_by === null)
  const due = (task: Task) => Date.parse(task.due_at) <= at
  return { now: [...mine, ...free.filter(due)], later: free.filter((task) => !due(task)), others }
}

/** "1 task", "3 tasks", "No tasks". */
export function taskCount(tasks: number): string {
  if (tasks === 0) return 'No tasks'
  return tasks === 1 ? '1 task' : `${tasks} tasks`
}

/** What a task is, for its heading. */
export function taskTitle(task: Pick<Task, 'kind' | 'caller'>): string {
  return task.kind === 'reply' ? `Call ${phone(task.caller)} back` : 'Reach somebody at the business'
}

/** Somebody to reach by phone. */
export interface Reachable {
  readonly name: string
  readonly number: string
}

/** Whom the business's own rules would tell by phone or text, in that order, each number once. */
export function reachable(
  steps: readonly { readonly contact_name: string; readonly channel: string; readonly address: string; readonly trouble: string }[],
): readonly Reachable[] {
  const found = new Map<string, Reachable>()
  for (const { contact_name, channel, address } of steps) {
    const phoned = channel === 'voice' || channel === 'sms'
    if (phoned && address !== '' && !found.has(address)) found.set(address, { name: contact_name, number: address })
  }
  return [...found.values()]
}

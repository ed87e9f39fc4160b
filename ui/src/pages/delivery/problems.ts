/** What is wrong with a draft, and where on the page it is shown. Pure. */

import { ApiProblem } from '../../api/problem'
import type { ProblemJson } from './shapes'

export interface Problem {
  /** Keys and places in the plan with dots between them: "deliver.0.escalate.1.to.0". */
  readonly path: string
  readonly reason: string
}

export function problemsFrom(found: readonly ProblemJson[]): readonly Problem[] {
  return found.map(({ path, reason }) => ({ path: typeof path === 'string' ? path : path.join('.'), reason }))
}

/** What a refusal to save names; empty when it is about something else. */
export function problemsIn(error: unknown): readonly Problem[] {
  if (!(error instanceof ApiProblem)) return []
  const { problems } = error.body as { problems?: readonly ProblemJson[] }
  if (problems !== undefined) return problemsFrom(problems)
  return Object.entries(error.byField).map(([path, reason]) => ({ path, reason }))
}

/** The problems at a place and beneath it. */
export function at(problems: readonly Problem[], place: string): readonly Problem[] {
  return problems.filter(({ path }) => path === place || path.startsWith(`${place}.`))
}

/** The place of a rule's step: a rule of one step has it written without `escalate`. */
export function stepPlaces(rule: number, step: number, steps: number): readonly string[] {
  if (steps > 1) return [`deliver.${rule}.escalate.${step}`]
  return [...['to', 'by', 'else_by', 'repeat_minutes', 'max_sends'].map((key) => `deliver.${rule}.${key}`), `deliver.${rule}.escalate.0`]
}

/** What is not at any of these places. */
export function elsewhere(problems: readonly Problem[], places: readonly string[]): readonly Problem[] {
  return problems.filter((problem) => !places.some((place) => at([problem], place).length > 0))
}

/**
 * How a message's draft keeps itself: a pure state machine. `step(draft, event)` returns the next draft and what to
 * do in the world; `keeper.svelte.ts` does it.
 *
 * What the agent typed is never thrown away: it stays in `current` until the server has acknowledged it.
 */

/** What is typed into a message. `answers` holds the form's fields by key. */
export interface Contents {
  readonly answers: Readonly<Record<string, string>>
  readonly nameSaidAs: string
  readonly urgency: string
}

/** A draft as the server has it. */
export interface Kept {
  readonly revision: number
  readonly contents: Contents
}

/** What this browser typed and never saw acknowledged; `sent` was on its way when the page went away. */
export interface Unsent extends Kept {
  readonly sent: Contents | null
}

export type Phase =
  /** The server has all of it. */
  | 'kept'
  /** Typed, and the pause before saving runs. */
  | 'edited'
  /** On its way to the server. */
  | 'saving'
  /** The last attempt failed; another follows. */
  | 'retrying'
  /** Somebody else (another tab) changed it: the agent has to choose. */
  | 'conflict'
  /** Saved as a message, or given up: nothing is sent any more. */
  | 'closed'

export interface Draft {
  readonly phase: Phase
  readonly revision: number
  readonly current: Contents
  /** What is on its way to the server, while `saving`. */
  readonly sent: Contents | null
  /** The other version, in `conflict`. */
  readonly other: Kept | null
  /** Milliseconds since 1970 of the last acknowledgement; null before the first. */
  readonly keptAt: number | null
  readonly failures: number
}

export type DraftEvent =
  | { readonly kind: 'edited'; readonly contents: Contents }
  | { readonly kind: 'pause-over' }
  | { readonly kind: 'acknowledged'; readonly revision: number; readonly at: number }
  | { readonly kind: 'failed' }
  | { readonly kind: 'refused-as-stale'; readonly server: Kept; readonly at: number }
  | { readonly kind: 'take-other' }
  | { readonly kind: 'keep-mine' }
  | { readonly kind: 'closed' }

export type DraftEffect =
  | { readonly kind: 'put'; readonly revision: number; readonly contents: Contents }
  | { readonly kind: 'wait'; readonly milliseconds: number }

export type Step = readonly [Draft, readonly DraftEffect[]]

/** The pause after the last key press before a draft is sent. */
export const PAUSE_MS = 600
const LONGEST_RETRY_MS = 10_000

/**
 * A draft as the page opens it. It goes on from what was left unsent if the server's copy has not moved on since, or
 * only by what we had sent ourselves; else it is a conflict.
 */
export function opened(server: Kept, unsent: Unsent | null = null): Step {
  const draft: Draft = {
    phase: 'kept',
    revision: server.revision,
    current: server.contents,
    sent: null,
    other: null,
    keptAt: null,
    failures: 0,
  }
  if (unsent === null || same(unsent.contents, server.contents)) return [draft, []]
  const ours = unsent.sent !== null && same(unsent.sent, server.contents)
  if (ours || unsent.revision === server.revision) return edited(draft, unsent.contents)
  return [{ ...draft, phase: 'conflict', current: unsent.contents, other: server }, []]
}

export function step(draft: Draft, event: DraftEvent): Step {
  if (draft.phase === 'closed') return [draft, []]
  switch (event.kind) {
    case 'edited':
      return draft.phase === 'saving' || draft.phase === 'conflict'
        ? [{ ...draft, current: event.contents }, []]
        : edited(draft, event.contents)
    case 'pause-over':
      return draft.phase === 'edited' || draft.phase === 'retrying' ? saving(draft) : [draft, []]
    case 'acknowledged':
      return acknowledged(draft, event.revision, event.at)
    case 'failed':
      return draft.phase === 'saving' ? failed(draft) : [draft, []]
    case 'refused-as-stale':
      // An answer that was lost on its way back looks like somebody else's change: it is what we sent.
      return draft.sent !== null && same(event.server.contents, draft.sent)
        ? acknowledged(draft, event.server.revision, event.at)
        : [{ ...draft, phase: 'conflict', sent: null, other: event.server }, []]
    case 'take-other':
      return draft.other === null
        ? [draft, []]
        : opened(draft.other)
    case 'keep-mine':
      return draft.other === null
        ? [draft, []]
        : saving({ ...draft, revision: draft.other.revision, other: null, failures: 0 })
    case 'closed':
      return [{ ...draft, phase: 'closed', sent: null }, []]
  }
}

/** True while there is something the server has not acknowledged. */
export function unsent(draft: Draft): boolean {
  return draft.phase !== 'kept' && draft.phase !== 'closed'
}

export function same(a: Contents, b: Contents): boolean {
  if (a.nameSaidAs !== b.nameSaidAs || a.urgency !== b.urgency) return false
  const keys = new Set([...Object.keys(a.answers), ...Object.keys(b.answers)])
  return [...keys].every((key) => (a.answers[key] ?? '') === (b.answers[key] ?? ''))
}

function edited(draft: Draft, contents: Contents): Step {
  return [{ ...draft, phase: 'edited', current: contents }, [{ kind: 'wait', milliseconds: PAUSE_MS }]]
}

function saving(draft: Draft): Step {
  const sent = draft.current
  return [{ ...draft, phase: 'saving', sent }, [{ kind: 'put', revision: draft.revision, contents: sent }]]
}

function acknowledged(draft: Draft, revision: number, at: number): Step {
  const next: Draft = { ...draft, phase: 'kept', revision, sent: null, keptAt: at, failures: 0 }
  if (draft.sent !== null && !same(draft.current, draft.sent)) return edited(next, draft.current)
  return [next, []]
}

function failed(draft: Draft): Step {
  const milliseconds = Math.min(1000 * 2 ** draft.failures, LONGEST_RETRY_MS)
  return [
    { ...draft, phase: 'retrying', sent: null, failures: draft.failures + 1 },
    [{ kind: 'wait', milliseconds }],
  ]
}

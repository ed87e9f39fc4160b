/** The console's keys: one table for what they do and for what the help shows. */

export type Move = 'answer' | 'decline' | 'mute' | 'hold' | 'hang-up' | 'help'

export interface Shortcut {
  readonly key: string
  readonly does: string
}

export const SHORTCUTS: readonly Shortcut[] = [
  { key: 'F2', does: 'Answer the call; in wrap-up or pause: ready for the next call' },
  { key: 'F4', does: 'Decline the call that rings' },
  { key: 'F7', does: 'Mute or unmute your microphone' },
  { key: 'F8', does: 'Put the caller on hold, or take them back' },
  { key: 'F9', does: 'Hang up' },
  { key: 'Ctrl + Enter', does: 'Save and send the message' },
  { key: 'F1 or ?', does: 'This list' },
]

const MOVES: Readonly<Record<string, Move>> = {
  F1: 'help',
  F2: 'answer',
  F4: 'decline',
  F7: 'mute',
  F8: 'hold',
  F9: 'hang-up',
}

type Key = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'repeat'>

/** The move a key press asks for, or null. `typing`: the press is in a text field, where "?" is a letter. */
export function moveOf(event: Key, typing: boolean): Move | null {
  if (event.altKey || event.ctrlKey || event.metaKey || event.repeat) return null
  if (event.key === '?') return typing ? null : 'help'
  return MOVES[event.key] ?? null
}

/** Ctrl+Enter (Cmd+Enter on a Mac). */
export function sends(event: Key): boolean {
  return event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.repeat
}

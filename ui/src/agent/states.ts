import type { AgentState } from '../api/types'

export type Tone = '' | 'good' | 'warn' | 'bad' | 'calm' | 'accent'

export const STATE_WORDS: Record<AgentState, string> = {
  offline: 'Not working',
  available: 'Available',
  offered: 'Call for you',
  talking: 'Talking',
  'wrap-up': 'Wrap-up',
  paused: 'Paused',
  unreachable: 'Unreachable',
}

export const STATE_TONE: Record<AgentState, Tone> = {
  offline: '',
  available: 'good',
  offered: 'warn',
  talking: 'accent',
  'wrap-up': 'calm',
  paused: '',
  unreachable: 'bad',
}

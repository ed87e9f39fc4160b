/** What the softphone shows of itself. Apart from it, so that pages without a telephone do not load one. */

export type Link = 'off' | 'connecting' | 'ready' | 'lost' | 'refused'
export type CallPart = 'none' | 'ringing' | 'answering' | 'connected'
export type Trouble = '' | 'microphone-denied' | 'microphone-missing' | 'call-failed'

export interface SoftphoneStatus {
  readonly link: Link
  readonly call: CallPart
  readonly muted: boolean
  readonly trouble: Trouble
}

export const SOFTPHONE_OFF: SoftphoneStatus = { link: 'off', call: 'none', muted: false, trouble: '' }

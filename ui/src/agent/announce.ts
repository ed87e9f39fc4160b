import type { AgentView } from '../api/types'
import { phone } from '../format'
import { isBeingCalled } from './callback'
import { STATE_WORDS } from './states'

/** What a screen reader says when the view changes. Pure. */
export function announcement(view: AgentView): string {
  const { call } = view
  switch (view.state) {
    case 'offered':
      if (call === null) return 'A call for you.'
      if (call.callback !== null) return `A callback for ${call.business} to ${phone(call.callback)}. F2 has them called.`
      return `A call for ${call.business} from ${phone(call.caller)}. ${view.auto_answer ? 'It is picked up by itself.' : 'F2 answers.'}`
    case 'talking':
      if (call === null) return 'Talking.'
      if (isBeingCalled(call)) return `Calling ${phone(call.callback)}. Wait until they answer.`
      if (call.caller_gone) return 'The caller has hung up.'
      return call.on_hold ? 'The caller is on hold.' : `You are talking. Say: ${call.answer_phrase}`
    case 'wrap-up':
      return 'The call is over. Finish the message.'
    case 'paused':
      return view.reason === '' ? 'Paused.' : `Paused: ${view.reason}.`
    case 'unreachable':
      return `Unreachable. ${view.notice}`
    case 'available':
    case 'offline':
      return `${STATE_WORDS[view.state]}.`
  }
}

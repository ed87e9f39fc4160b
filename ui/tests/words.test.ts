import { describe, expect, it } from 'vitest'
import { announcement } from '../src/agent/announce'
import { moveOf, sends } from '../src/agent/shortcuts'
import type { AgentView, CallCard, Delivery, Field, Message } from '../src/api/types'
import { ApiProblem } from '../src/api/problem'
import { addressOf, answersOf, deliveryDetail, marks, stage, summary } from '../src/words'

const field = (key: string, type: Field['type']): Field => ({ key, label: `The ${key}`, type, required: false, choices: [], ask: '' })
const message: Message = {
  id: 'm1',
  language: 'en-US',
  number: 1042,
  business_id: 'harbor',
  business: 'Harbor Plumbing',
  form_key: 'standard',
  form: {
    title: 'Message',
    urgency: 'normal',
    fields: [field('name', 'name'), field('callback', 'phone'), field('reason', 'long_text')],
  },
  source: 'agent',
  status: 'saved',
  urgency: 'urgent',
  answers: { reason: 'The boiler leaks', callback: '+12025550147', name: 'Sam', gone: 'old answer' },
  name_said_as: '',
  caller: '+12025550147',
  call_id: 'c1',
  name_clip: null,
  voice_clip: null,
  taken_by: 'ana',
  created_at: '2026-03-09T12:00:00Z',
  saved_at: '2026-03-09T12:02:00Z',
  done_at: null,
  has_it: '',
  waiting: false,
  revision: 3,
}

describe('a message', () => {
  it("shows answers in the form's order, phones as people write them, lost fields last", () => {
    expect(answersOf(message)).toEqual([
      { label: 'The name', text: 'Sam' },
      { label: 'The callback', text: '(202) 555-0147' },
      { label: 'The reason', text: 'The boiler leaks' },
      { label: 'Gone', text: 'old answer' },
    ])
  })

  it('is summed up by who and what, the number standing in for a name', () => {
    expect(summary(message)).toEqual({ who: 'Sam', what: 'The boiler leaks' })
    expect(summary({ ...message, form: null, answers: {} })).toEqual({ who: '(202) 555-0147', what: '' })
  })

  it('is marked urgent, partial and done', () => {
    const said = marks({ ...message, status: 'partial', done_at: '2026-03-09T13:00:00Z' }).map((mark) => mark.words)
    expect(said).toEqual(['Urgent', 'Caller hung up half-way', 'Done'])
  })
})

describe('a delivery', () => {
  const delivery: Delivery = {
    id: 'd1',
    message_id: 'm1',
    business_id: 'harbor',
    contact: 'office',
    contact_name: 'Office',
    channel: 'sms',
    address: '+12025550191',
    purpose: 'message',
    until_acknowledged: false,
    reminder: 0,
    created_at: '2026-03-09T12:02:00Z',
    state: 'alarm',
    at: new Date(2026, 2, 9, 12, 4).toISOString(),
    due: null,
    failures: 0,
    detail: 'the number is not in service',
  }

  it('says why it is an alarm, and to which number', () => {
    const now = new Date(2026, 2, 9, 15, 0)
    expect(deliveryDetail(delivery, now)).toMatch(/^The number is not in service \(/)
    expect(addressOf(delivery)).toBe('(202) 555-0191')
  })

  it('says when the provider took it, and that somebody passed it on', () => {
    const now = new Date(2026, 2, 9, 15, 0)
    expect(deliveryDetail({ ...delivery, state: 'accepted' }, now)).toMatch(/04/)
    expect(deliveryDetail({ ...delivery, state: 'delivered', detail: 'Asked for somebody else.' }, now)).toMatch(/ · Asked for somebody else\.$/)
  })
})

describe('keys', () => {
  const press = (key: string, more: Partial<KeyboardEvent> = {}) => ({
    key,
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    repeat: false,
    ...more,
  })

  it('answer with F2, everywhere', () => expect(moveOf(press('F2'), true)).toBe('answer'))
  it('leave "?" alone where it is a letter', () => {
    expect(moveOf(press('?'), true)).toBeNull()
    expect(moveOf(press('?'), false)).toBe('help')
  })
  it('do not repeat and leave the browser its own', () => {
    expect(moveOf(press('F9', { repeat: true }), false)).toBeNull()
    expect(moveOf(press('F4', { altKey: true }), false)).toBeNull()
  })
  it('send with Ctrl+Enter alone', () => {
    expect(sends(press('Enter', { ctrlKey: true }))).toBe(true)
    expect(sends(press('Enter'))).toBe(false)
  })
})

describe('the announcement', () => {
  const call = {
    business: 'Harbor Plumbing',
    caller: '+12025550147',
    callback: null,
    connected_at: null,
    answer_phrase: 'Harbor Plumbing, how may I help?',
  }
  const view = (state: AgentView['state'], more: Partial<CallCard> | null = null) =>
    ({ state, reason: 'lunch', notice: '', call: more === null ? null : { ...call, ...more } }) as AgentView

  it('names the business and the key when a call comes', () =>
    expect(announcement(view('offered', {}))).toBe('A call for Harbor Plumbing from (202) 555-0147. F2 answers.'))
  it('says that a telephone picks up by itself', () =>
    expect(announcement({ ...view('offered', {}), auto_answer: true })).toMatch(/picked up by itself\.$/))
  it('tells a callback from a caller who is there', () => {
    const callback = '+12025550199'
    expect(announcement(view('offered', { callback }))).toBe(
      'A callback for Harbor Plumbing to (202) 555-0199. F2 has them called.',
    )
    expect(announcement(view('talking', { callback }))).toBe('Calling (202) 555-0199. Wait until they answer.')
    expect(announcement(view('talking', { callback, connected_at: '2026-03-09T12:00:00Z' }))).toMatch(/^You are talking/)
  })
  it('tells hold from gone', () => {
    expect(announcement(view('talking', { on_hold: true }))).toBe('The caller is on hold.')
    expect(announcement(view('talking', { caller_gone: true }))).toBe('The caller has hung up.')
  })
  it('gives the reason of a pause', () => expect(announcement(view('paused'))).toBe('Paused: lunch.'))
})

describe("a call's place on the floor", () => {
  it('tells who waits for a callback from who is being called', () => {
    expect(stage({ stage: 'callback', agent: '' }).words).toBe('To be called back')
    expect(stage({ stage: 'callback', agent: 'Ben' }).words).toBe('Being called back')
    expect(stage({ stage: 'talking', agent: 'Ben' }).words).toBe('Talking')
  })
})

describe('a problem', () => {
  it("prefers the service's sentence, and knows what may pass", () => {
    const busy = new ApiProblem(503, { type: '/problems/exchange-down', title: 'The telephone exchange cannot be reached' })
    expect([busy.message, busy.slug, busy.passing]).toEqual(['The telephone exchange cannot be reached', 'exchange-down', true])
    expect(new ApiProblem(409, {}).passing).toBe(false)
    expect(new ApiProblem(0, {}).message).toMatch(/cannot be reached/)
  })

  it('keeps only sentences by field', () => {
    expect(new ApiProblem(422, { errors: { phone: 'This is no number.', odd: 3 } }).byField).toEqual({ phone: 'This is no number.' })
    expect(new ApiProblem(422, { errors: 'no' }).byField).toEqual({})
  })
})

/** The service's states and kinds in words, and how loud each is shown. Pure. */

import type { Delivery, DeliveryState, Field, FloorCall, ListedCaller, Message } from './api/types'
import { phone, sentence, when } from './format'
import type { Tone } from './agent/states'

export interface Said {
  readonly words: string
  readonly tone: Tone
}

const DELIVERY: Record<DeliveryState, Said> = {
  queued: { words: 'Waiting to be sent', tone: 'accent' },
  sending: { words: 'Being sent', tone: 'accent' },
  accepted: { words: 'Sent, receipt awaited', tone: 'accent' },
  delivered: { words: 'Delivered', tone: 'good' },
  acknowledged: { words: 'Acknowledged', tone: 'good' },
  alarm: { words: 'Not delivered', tone: 'bad' },
}

export function deliveryState(state: DeliveryState): Said {
  return DELIVERY[state]
}

/** What is behind a delivery's state: attempts, the next one, who, or why not. */
export function deliveryDetail(delivery: Delivery, now?: Date): string {
  const due = delivery.due ? when(delivery.due, now) : ''
  switch (delivery.state) {
    case 'queued': {
      const after = delivery.failures > 0 ? `${delivery.failures} failed: ${delivery.detail}. ` : ''
      return due === '' ? after : `${after}Next attempt ${due}`
    }
    case 'sending':
      return ''
    case 'accepted':
      return when(delivery.at, now)
    case 'delivered':
      return [when(delivery.at, now), delivery.detail].filter(Boolean).join(' · ')
    case 'acknowledged':
      return `By ${delivery.detail}, ${when(delivery.at, now)}`
    case 'alarm':
      return `${sentence(delivery.detail)} (${when(delivery.at, now)})`
  }
}

const CHANNEL: Readonly<Record<string, string>> = { sms: 'SMS', email: 'E-mail', webhook: 'Webhook', ntfy: 'ntfy', voice: 'Phone call', page: 'Page' }

export function channel(name: string): string {
  return CHANNEL[name] ?? sentence(name)
}

/** An address as its channel writes it. */
export function addressOf(delivery: { readonly channel: string; readonly address: string }): string {
  return delivery.channel === 'sms' || delivery.channel === 'voice' ? phone(delivery.address) : delivery.address
}

const SOURCE: Record<Message['source'], string> = {
  agent: 'Taken by an agent',
  voicemail: 'Voicemail',
  fallback: 'Left while the service was down',
}

export function source(message: Message): string {
  return SOURCE[message.source]
}

/** What marks a message in a list: the urgent, the partial, the done. */
export function marks(message: Message): readonly Said[] {
  const marks: Said[] = []
  if (message.urgency === 'emergency') marks.push({ words: 'Emergency', tone: 'bad' })
  if (message.urgency === 'urgent') marks.push({ words: 'Urgent', tone: 'warn' })
  if (message.status === 'partial') marks.push({ words: 'Caller hung up half-way', tone: 'warn' })
  if (message.status === 'draft') marks.push({ words: 'Draft', tone: '' })
  if (message.source === 'voicemail') marks.push({ words: 'Voicemail', tone: 'calm' })
  if (message.done_at !== null) marks.push({ words: 'Done', tone: 'good' })
  return marks
}

function readable(type: Field['type'], text: string): string {
  if (text === '') return ''
  if (type === 'phone') return phone(text)
  return type === 'yes_no' ? sentence(text) : text
}

export interface Answer {
  readonly label: string
  readonly text: string
}

/** The answers with their labels in the form's order; answers the form no longer knows come last. */
export function answersOf({ form, answers }: Message): readonly Answer[] {
  const fields = form?.fields ?? []
  const known = fields.map((field) => {
    const text = answers[field.key] ?? ''
    return { label: field.label, text: readable(field.type, text) }
  })
  const lost = Object.entries(answers)
    .filter(([key]) => !fields.some((field) => field.key === key))
    .map(([key, text]) => ({ label: sentence(key), text }))
  return [...known, ...lost].filter(({ text }) => text !== '')
}

/** Who left a message and what about, for one line of a list. */
export function summary(message: Message): { readonly who: string; readonly what: string } {
  const fields = message.form?.fields ?? []
  const answer = (type: string) => {
    const field = fields.find((each) => each.type === type && (message.answers[each.key] ?? '') !== '')
    return field === undefined ? '' : (message.answers[field.key] ?? '')
  }
  const who = answer('name') || message.answers['name'] || phone(message.caller)
  const what = answer('long_text') || Object.values(message.answers).findLast((text) => text !== '' && text !== who) || ''
  return { who, what }
}

const STAGE: Record<FloorCall['stage'], Said> = {
  menu: { words: 'In the menu', tone: '' },
  waiting: { words: 'Waiting', tone: 'warn' },
  ringing: { words: 'Ringing an agent', tone: 'warn' },
  talking: { words: 'Talking', tone: 'accent' },
  message: { words: 'Leaving a message', tone: 'calm' },
  callback: { words: 'To be called back', tone: 'calm' },
}

/** Where a call is; somebody who is to be called back and has an agent is being called now. */
export function stage(call: Pick<FloorCall, 'stage' | 'agent'>): Said {
  return call.stage === 'callback' && call.agent !== '' ? { words: 'Being called back', tone: 'accent' } : STAGE[call.stage]
}

const CALLER_KIND: Record<ListedCaller['kind'], Said> = {
  vip: { words: 'VIP', tone: 'accent' },
  blocked: { words: 'Blocked', tone: 'bad' },
}

export function callerKind(kind: ListedCaller['kind']): Said {
  return CALLER_KIND[kind]
}

const ENDED: Readonly<Record<string, Said>> = {
  answered: { words: 'Answered', tone: 'good' },
  message: { words: 'Left a message', tone: 'good' },
  forwarded: { words: 'Forwarded', tone: 'accent' },
  callback: { words: 'To be called back', tone: 'accent' },
  abandoned: { words: 'Hung up', tone: 'warn' },
  refused: { words: 'Refused', tone: '' },
  failed: { words: 'Failed', tone: 'bad' },
}

export function ended(how: string): Said {
  return ENDED[how] ?? { words: sentence(how), tone: '' }
}

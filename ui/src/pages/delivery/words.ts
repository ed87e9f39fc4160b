/** Delivery rules and what comes of them in the words of the people who read them. Pure. */

import type { Said } from '../../words'
import { AGENTS, stepsInUse, type Draft, type DraftRule } from './draft'
import type { ChannelName, ExampleText, Foreseen, OpenWord, Urgency, Way } from './shapes'

export const BY: Readonly<Record<ChannelName, string>> = {
  sms: 'Text',
  voice: 'Phone call',
  email: 'E-mail',
  ntfy: 'ntfy app',
  webhook: 'Our own system (webhook)',
}

export const URGENCY: readonly (readonly [Urgency, string])[] = [
  ['normal', 'Ordinary'],
  ['urgent', 'Urgent'],
  ['emergency', 'Emergencies'],
]

export const WHEN: readonly (readonly [OpenWord, string])[] = [
  ['open', 'While we are open'],
  ['closed', 'While we are closed'],
  ['holiday', 'On holidays'],
]

/** People and rotas by key, as a choice names them. */
export function targets(draft: Draft, agents: boolean): readonly (readonly [string, string])[] {
  return [
    ...draft.rotas.map((rota) => [rota.key, `Who is on call: ${rota.name || rota.key}`] as const),
    ...draft.contacts.map((contact) => [contact.key, contact.name] as const),
    ...(agents ? [[AGENTS, 'An agent of the answering service'] as const] : []),
  ]
}

/** What a rule is called: its name, or what it is for. */
export function titleOf(rule: DraftRule, forms: ReadonlyMap<string, string>): string {
  if (rule.name.trim() !== '') return rule.name.trim()
  const urgency = URGENCY.filter(([key]) => rule.urgency.includes(key)).map(([, words]) => words.toLowerCase())
  const what = urgency.length === 0 ? 'All messages' : sentenceCase(`${listed(urgency)}${rule.urgency.includes('emergency') ? '' : ' messages'}`)
  const about = rule.forms.length > 0 ? `: ${listed(rule.forms.map((key) => forms.get(key) ?? key))}` : ''
  const times = WHEN.filter(([key]) => rule.when.includes(key)).map(([, words]) => words.toLowerCase())
  return `${what}${about}${times.length > 0 ? `, ${listed(times, 'or')}` : ''}`
}

/** What keeps a rule from being complete, before the service is asked. */
export function unfinished(rule: DraftRule): string {
  if (stepsInUse(rule).some((step) => step.to.length === 0)) return 'Choose who is told.'
  if (stepsInUse(rule).some((step) => step.by.length === 0 && step.to.some((key) => key !== AGENTS))) return 'Choose how they are told.'
  if (rule.does === 'hold' && rule.hold_at.length === 0 && !rule.until_check_in) return 'Choose when the summary goes out.'
  return ''
}

/** How a way stands. `saved`: the address is the one that is saved. */
export function wayState(way: Way | undefined): Said {
  if (way === undefined) return { words: 'Not saved yet', tone: 'accent' }
  if (way.usable) return { words: 'Verified', tone: 'good' }
  return way.verified_at === null && way.trouble.includes('never') ? { words: 'Not verified', tone: 'warn' } : { words: 'Not used', tone: 'bad' }
}

/** How long an example text is: "2 text messages (190 characters)". */
export function lengthOf(text: ExampleText): string {
  if (text.segments === null) return ''
  const parts = text.segments === 1 ? 'fits one text message' : `goes out as ${text.segments} text messages`
  return `${parts} (${text.characters} characters)`
}

/** Minutes since the message as words: "at once", "after 25 minutes". */
export function afterOf(minutes: number): string {
  if (minutes < 1) return 'at once'
  if (minutes < 120) return minutes === 1 ? 'after 1 minute' : `after ${Math.round(minutes)} minutes`
  const hours = Math.floor(minutes / 60)
  const rest = Math.round(minutes % 60)
  return rest === 0 ? `after ${hours} hours` : `after ${hours} h ${rest} min`
}

const BEFORE_MESSAGE: ReadonlySet<Foreseen['kind']> = new Set(['greeting', 'menu', 'queue', 'pool', 'forward'])

/** The way of the call, and what becomes of the message. */
export function parted(steps: readonly Foreseen[]): { readonly call: readonly Foreseen[]; readonly message: readonly Foreseen[] } {
  return {
    call: steps.filter((step) => BEFORE_MESSAGE.has(step.kind)),
    message: steps.filter((step) => !BEFORE_MESSAGE.has(step.kind)),
  }
}

/** What follows from removing a contact or a rota; `uses` is where it is named. */
export function goneWords(name: string, uses: readonly string[]): string {
  if (uses.length === 0) return 'It is gone when you save.'
  return `${name} is named in ${listed(uses)}. Choose somebody else there before you save.`
}

export function listed(words: readonly string[], last = 'and'): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

function sentenceCase(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}

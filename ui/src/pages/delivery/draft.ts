/** How messages reach a business, as its people edit it; and back into what the API reads. Pure. */

import { row, rowsOf, weeklyOf, type HoursRow } from './hours'
import type {
  ChannelName,
  DeliveryPolicy,
  KnownContact,
  OpenWord,
  RotaJson,
  RuleJson,
  Sections,
  StepJson,
  Urgency,
  Weekday,
} from './shapes'

type RuleOut = DeliveryPolicy['deliver'][number]
type RotaOut = DeliveryPolicy['rotas'][string]

/** In the place of a contact: the service's agents reach somebody by hand. */
export const AGENTS = 'agents'
export const CHANNELS: readonly ChannelName[] = ['sms', 'voice', 'email', 'ntfy', 'webhook']

export type DraftContact = { key: string; name: string } & Record<ChannelName, string>

export interface DraftStep {
  id: number
  to: string[]
  by: ChannelName[]
  else_by: ChannelName[]
  wait_minutes: number
  times: number
}

/** `does`: tell once, ask until somebody has it, or hold for a summary. Without `ask` only the first step counts. */
export interface DraftRule {
  id: number
  name: string
  forms: string[]
  urgency: Urgency[]
  when: OpenWord[]
  hours: HoursRow[] | null
  does: 'tell' | 'ask' | 'hold'
  steps: DraftStep[]
  hold_at: { id: number; at: string }[]
  until_check_in: boolean
  at_most_hours: number
  include: string[] | null
  details: 'in_message' | 'link'
}

export interface DraftRota {
  key: string
  name: string
  shifts: { id: number; who: string[]; hours: HoursRow[] }[]
  rotation: {
    people: string[]
    every: number
    unit: 'days' | 'weeks'
    starts: string
    weekday: Weekday | null
    handover: string
    hours: HoursRow[] | null
  } | null
  holidays: RotaJson['holidays']
  calendar: string
  fallback: string
  one: boolean
}

export interface Draft {
  contacts: DraftContact[]
  rotas: DraftRota[]
  deliver: DraftRule[]
  abandoned: { to: string[]; by: ChannelName[]; after_seconds: number } | null
}

let ids = 0

/** Distinguishes parts of drafts on the page. */
export function fresh(): number {
  ids += 1
  return ids
}

export function draftOf(policy: Pick<DeliveryPolicy, 'contacts' | 'rotas' | 'deliver' | 'abandoned_calls'>): Draft {
  const { contacts, rotas, deliver, abandoned_calls: abandoned } = policy
  return {
    contacts: contacts.map(contactOf),
    rotas: Object.entries(rotas).map(([key, rota]) => rotaOf(key, rota)),
    deliver: deliver.map(ruleOf),
    abandoned: abandoned === null ? null : { ...abandoned, to: [...abandoned.to], by: [...abandoned.by] },
  }
}

export function sectionsOf(draft: Draft): Sections {
  return {
    contacts: Object.fromEntries(draft.contacts.map((contact) => [contact.key, contactJson(contact)])),
    rotas: Object.fromEntries(draft.rotas.map((rota) => [rota.key, rotaJson(rota)])),
    deliver: draft.deliver.map(ruleJson),
    abandoned_calls: draft.abandoned,
  }
}

/** Whether both would be saved as the same. */
export function same(one: Draft, other: Draft): boolean {
  return JSON.stringify(sectionsOf(one)) === JSON.stringify(sectionsOf(other))
}

export function newStep(to: readonly string[] = []): DraftStep {
  return { id: fresh(), to: [...to], by: ['sms'], else_by: [], wait_minutes: 5, times: 1 }
}

export function newRule(): DraftRule {
  return {
    id: fresh(),
    name: '',
    forms: [],
    urgency: [],
    when: [],
    hours: null,
    does: 'tell',
    steps: [{ ...newStep(), by: [] }],
    hold_at: [],
    until_check_in: false,
    at_most_hours: 24,
    include: null,
    details: 'in_message',
  }
}

/** Somebody is on call all week, until shifts are made. */
export function newRota(key: string, name: string, somebody: string): DraftRota {
  const week = row(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], '00:00', '00:00')
  return {
    key,
    name,
    shifts: somebody === '' ? [] : [{ id: fresh(), who: [somebody], hours: [week] }],
    rotation: null,
    holidays: [],
    calendar: '',
    fallback: '',
    one: false,
  }
}

/** A key nobody has yet, made of a name: "Pat O'Neil" becomes "pat-o-neil". */
export function keyFor(name: string, taken: readonly string[]): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+|-+$/g, '').slice(0, 32)
  const base = plain === '' ? 'contact' : plain
  const used = new Set([...taken, AGENTS])
  if (!used.has(base)) return base
  let number = 2
  while (used.has(`${base}-${number}`)) number += 1
  return `${base}-${number}`
}

/** Where a contact or rota is named: what has to change before it can go. */
export function usesOf(key: string, draft: Draft): readonly string[] {
  const rules = draft.deliver.flatMap((rule, index) =>
    stepsInUse(rule).some((step) => step.to.includes(key)) ? [rule.name || `rule ${index + 1}`] : [],
  )
  const rotas = draft.rotas
    .filter(
      (rota) =>
        rota.fallback === key ||
        rota.rotation?.people.includes(key) ||
        rota.shifts.some((shift) => shift.who.includes(key)) ||
        rota.holidays.some((day) => day.who.includes(key)),
    )
    .map((rota) => `the rota “${rota.name || rota.key}”`)
  return [...rules, ...rotas, ...(draft.abandoned?.to.includes(key) ? ['calls that hang up'] : [])]
}

/** The element moved by so many places; where it cannot go it stays. */
export function moved<T>(list: readonly T[], from: number, by: number): T[] {
  const to = from + by
  const copy = [...list]
  if (to < 0 || to >= copy.length) return copy
  copy.splice(to, 0, ...copy.splice(from, 1))
  return copy
}

function contactOf(contact: KnownContact): DraftContact {
  const address = (channel: ChannelName) => contact.ways.find((way) => way.channel === channel)?.address ?? ''
  return {
    key: contact.key,
    name: contact.name,
    sms: address('sms'),
    voice: address('voice'),
    email: address('email'),
    ntfy: address('ntfy'),
    webhook: address('webhook'),
  }
}

function contactJson(contact: DraftContact): Sections['contacts'][string] {
  const address = (channel: ChannelName) => contact[channel].trim() || null
  return {
    name: contact.name,
    email: address('email'),
    sms: address('sms'),
    voice: address('voice'),
    webhook: address('webhook'),
    ntfy: address('ntfy'),
  }
}

function stepOf(step: StepJson): DraftStep {
  return { ...step, id: fresh(), to: [...step.to], by: [...step.by], else_by: [...step.else_by] }
}

function ruleOf(rule: RuleOut): DraftRule {
  const { to, by, else_by, until_acknowledged } = rule
  const short = { to, by, else_by, wait_minutes: rule.repeat_minutes, times: until_acknowledged ? rule.max_sends : 1 }
  const asks = until_acknowledged || rule.escalate.length > 0
  return {
    id: fresh(),
    name: rule.name,
    forms: [...rule.forms],
    urgency: [...rule.urgency],
    when: [...rule.when],
    hours: rule.hours === null ? null : rowsOf(rule.hours),
    does: rule.hold !== null ? 'hold' : asks ? 'ask' : 'tell',
    steps: rule.escalate.length > 0 ? rule.escalate.map(stepOf) : [stepOf(short)],
    hold_at: (rule.hold?.at ?? []).map((at) => ({ id: fresh(), at })),
    until_check_in: rule.hold?.until_check_in ?? false,
    at_most_hours: rule.hold?.at_most_hours ?? 24,
    include: rule.include === 'all' ? null : [...rule.include],
    details: rule.details,
  }
}

/** The steps that count for what the rule does. */
export function stepsInUse(rule: DraftRule): readonly DraftStep[] {
  return rule.does === 'ask' ? rule.steps : rule.steps.slice(0, 1)
}

function ruleJson(rule: DraftRule): RuleJson {
  const [first = newStep()] = rule.steps
  const asks = rule.does === 'ask'
  // One step is written short, as people write it in the plan.
  const long = asks && rule.steps.length > 1
  return {
    name: rule.name.trim(),
    forms: rule.forms,
    urgency: rule.urgency,
    when: rule.when,
    hours: rule.hours === null ? null : weeklyOf(rule.hours),
    to: long ? [] : first.to,
    by: long ? [] : first.by,
    else_by: long ? [] : first.else_by,
    until_acknowledged: asks && !long,
    repeat_minutes: asks && !long ? first.wait_minutes : 5,
    max_sends: asks && !long ? first.times : 6,
    escalate: long ? rule.steps.map(stepJson) : [],
    hold:
      rule.does === 'hold'
        ? { at: rule.hold_at.map(({ at }) => at), until_check_in: rule.until_check_in, at_most_hours: rule.at_most_hours }
        : null,
    include: rule.include ?? 'all',
    details: rule.details,
  }
}

function stepJson({ to, by, else_by, wait_minutes, times }: DraftStep): StepJson {
  return { to, by, else_by, wait_minutes, times }
}

function rotaOf(key: string, rota: RotaOut): DraftRota {
  const turns = rota.rotation
  return {
    key,
    name: rota.name,
    shifts: rota.shifts.map((shift) => ({ id: fresh(), who: [...shift.who], hours: rowsOf(shift.hours) })),
    rotation:
      turns === null
        ? null
        : {
            people: [...turns.people],
            every: turns.every_weeks ?? turns.every_days ?? 1,
            unit: turns.every_days === null ? 'weeks' : 'days',
            starts: turns.starts,
            weekday: turns.weekday,
            handover: turns.handover,
            hours: turns.hours === null ? null : rowsOf(turns.hours),
          },
    holidays: rota.holidays,
    calendar: rota.calendar ?? '',
    fallback: rota.fallback ?? '',
    one: rota.one,
  }
}

function rotaJson(rota: DraftRota): RotaJson {
  const turns = rota.rotation
  return {
    name: rota.name.trim(),
    shifts: rota.shifts.map(({ who, hours }) => ({ who, hours: weeklyOf(hours) })),
    rotation:
      turns === null
        ? null
        : {
            people: turns.people,
            every_days: turns.unit === 'days' ? turns.every : null,
            every_weeks: turns.unit === 'weeks' ? turns.every : null,
            starts: turns.starts,
            weekday: turns.unit === 'weeks' ? turns.weekday : null,
            handover: turns.handover,
            hours: turns.hours === null ? null : weeklyOf(turns.hours),
          },
    holidays: rota.holidays,
    calendar: rota.calendar.trim() || null,
    fallback: rota.fallback || null,
    one: rota.one,
  }
}

import { describe, expect, it } from 'vitest'
import { ApiProblem } from '../src/api/problem'
import { draftOf, keyFor, moved, newRota, newRule, newStep, same, sectionsOf, usesOf } from '../src/pages/delivery/draft'
import { rowsOf, weeklyOf } from '../src/pages/delivery/hours'
import { at, elsewhere, problemsIn, stepPlaces } from '../src/pages/delivery/problems'
import type { DeliveryPolicy } from '../src/pages/delivery/shapes'
import { afterOf, lengthOf, parted, targets, titleOf, unfinished, wayState } from '../src/pages/delivery/words'

const week = { mon: ['17:00-08:00'], tue: ['17:00-08:00'], wed: [], thu: [], fri: [], sat: ['00:00-24:00'], sun: [] }
const plain: DeliveryPolicy['deliver'][number] = {
  name: '',
  forms: [],
  urgency: [],
  when: [],
  hours: null,
  to: ['office'],
  by: ['email'],
  else_by: [],
  until_acknowledged: false,
  repeat_minutes: 5,
  max_sends: 6,
  escalate: [],
  hold: null,
  include: 'all',
  details: 'in_message',
}
const asking = { ...plain, urgency: ['emergency' as const], to: ['nights'], by: ['sms' as const], until_acknowledged: true, max_sends: 3 }
const step = { to: ['pat'], by: ['sms' as const], else_by: ['email' as const], wait_minutes: 7, times: 2 }
const climbing = { ...plain, to: [], by: [], escalate: [step, { ...step, to: ['agents'], by: [], else_by: [] }] }
const held = { ...plain, hours: week, hold: { at: ['08:00', '17:00'], until_check_in: true, at_most_hours: 12 }, include: ['name'], details: 'link' as const }

const way = { channel: 'sms' as const, address: '+12025550141', verified_at: null, verified_by: '', usable: false, trouble: 'It was never verified.' }
const policy = {
  contacts: [
    { key: 'pat', name: 'Pat', has_secret: false, ways: [way] },
    { key: 'office', name: 'Office', has_secret: false, ways: [{ ...way, channel: 'email' as const, address: 'office@summit.test' }] },
  ],
  rotas: {
    nights: {
      name: 'Nights',
      shifts: [{ who: ['pat'], hours: week }],
      rotation: { people: ['pat', 'office'], every_days: null, every_weeks: 2, starts: '2026-11-23', weekday: 'mon' as const, handover: '08:00', hours: null },
      holidays: [],
      calendar: null,
      fallback: 'office',
      one: false,
    },
  },
  deliver: [plain, asking, climbing, held],
  abandoned_calls: { to: ['office'], by: ['email' as const], after_seconds: 5 },
}

describe('a draft', () => {
  it('comes back as it was read', () => {
    const sections = sectionsOf(draftOf(policy))
    expect(sections.deliver).toEqual(policy.deliver)
    expect(sections.rotas).toEqual(policy.rotas)
    expect(sections.abandoned_calls).toEqual(policy.abandoned_calls)
    expect(sections.contacts).toEqual({
      pat: { name: 'Pat', sms: '+12025550141', voice: null, email: null, ntfy: null, webhook: null },
      office: { name: 'Office', sms: null, voice: null, email: 'office@summit.test', ntfy: null, webhook: null },
    })
  })

  it('is the same until something in it is another', () => {
    const [one, other] = [draftOf(policy), draftOf(policy)]
    expect(same(one, other)).toBe(true)
    one.deliver[1]!.steps[0]!.wait_minutes = 6
    expect(same(one, other)).toBe(false)
  })

  it('writes a second step as a longer way, and one step short', () => {
    const draft = draftOf(policy)
    const rule = draft.deliver[1]!
    rule.steps.push({ ...newStep(['pat']), by: ['voice'] })
    expect(sectionsOf(draft).deliver[1]).toMatchObject({
      to: [],
      until_acknowledged: false,
      escalate: [
        { to: ['nights'], wait_minutes: 5, times: 3 },
        { to: ['pat'], by: ['voice'], times: 1 },
      ],
    })
    rule.does = 'tell'
    expect(sectionsOf(draft).deliver[1]).toMatchObject({ to: ['nights'], until_acknowledged: false, escalate: [], max_sends: 6 })
  })

  it('says where somebody is named', () => {
    const draft = draftOf(policy)
    expect(usesOf('pat', draft)).toEqual(['rule 3', 'the rota “Nights”'])
    expect(usesOf('office', draft)).toEqual(['rule 1', 'rule 4', 'the rota “Nights”', 'calls that hang up'])
    draft.deliver[2]!.does = 'tell'
    expect(usesOf('agents', draft)).toEqual([])
  })

  it('begins a rota with somebody all week', () =>
    expect(newRota('on-call', 'On call', 'pat').shifts.map(({ who, hours }) => [who, weeklyOf(hours).sun])).toEqual([[['pat'], ['00:00-24:00']]]))
})

it('makes keys that nobody has', () =>
  expect(["Pat O'Neil", 'Ärger', '555', 'Agents', 'pat'].map((name) => keyFor(name, ['pat']))).toEqual([
    'pat-o-neil',
    'arger',
    'contact',
    'agents-2',
    'pat-2',
  ]))

it('moves within the list only', () => {
  expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b'])
  expect(moved(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c'])
})

describe('hours', () => {
  it('share a row where days are alike, and come back', () => {
    const rows = rowsOf(week)
    expect(rows.map(({ days, from, till }) => [days, from, till])).toEqual([
      [['mon', 'tue'], '17:00', '08:00'],
      [['sat'], '00:00', '00:00'],
    ])
    expect(weeklyOf(rows)).toEqual(week)
  })
  it('may be always', () => expect(weeklyOf(rowsOf('always')).wed).toEqual(['00:00-24:00']))
  it('write a day that ends at midnight', () =>
    expect(weeklyOf([{ id: 1, days: ['fri'], from: '18:00', till: '00:00' }]).fri).toEqual(['18:00-24:00']))
})

describe('problems', () => {
  const problems = [
    { path: 'deliver.1.to.0', reason: 'no such contact' },
    { path: 'deliver.10.name', reason: 'too long' },
    { path: 'forms.leak', reason: 'covered by nothing' },
  ]
  it('stand at their place, not at one that begins alike', () => {
    expect(at(problems, 'deliver.1').map(({ reason }) => reason)).toEqual(['no such contact'])
    expect(elsewhere(problems, ['deliver.1', 'deliver.10'])).toEqual([problems[2]])
  })
  it('of a rule with one step are those of the rule', () => {
    expect(stepPlaces(1, 0, 1).flatMap((place) => at(problems, place))).toEqual([problems[0]])
    expect(stepPlaces(1, 2, 3)).toEqual(['deliver.1.escalate.2'])
  })
  it('are read from a refusal', () => {
    expect(problemsIn(new ApiProblem(422, { problems: [{ path: ['deliver', 0, 'to'], reason: 'x' }] } as object))).toEqual([
      { path: 'deliver.0.to', reason: 'x' },
    ])
    expect(problemsIn(new ApiProblem(422, { errors: { contacts: 'y' } }))).toEqual([{ path: 'contacts', reason: 'y' }])
    expect(problemsIn(new ApiProblem(500, {}))).toEqual([])
  })
})

describe('words', () => {
  const forms = new Map([['leak', 'A leak']])
  it('call a rule by what it is for', () => {
    expect(titleOf({ ...newRule(), name: ' Nights ' }, forms)).toBe('Nights')
    expect(titleOf(newRule(), forms)).toBe('All messages')
    expect(titleOf({ ...newRule(), urgency: ['urgent', 'emergency'], forms: ['leak'], when: ['closed', 'holiday'] }, forms)).toBe(
      'Urgent and emergencies: A leak, while we are closed or on holidays',
    )
  })
  it('say what a rule still needs', () => {
    const rule = newRule()
    expect(unfinished(rule)).toBe('Choose who is told.')
    rule.steps[0]!.to = ['pat']
    expect(unfinished(rule)).toBe('Choose how they are told.')
    rule.steps[0]!.by = ['sms']
    expect(unfinished(rule)).toBe('')
    rule.does = 'hold'
    expect(unfinished(rule)).toBe('Choose when the summary goes out.')
    rule.until_check_in = true
    expect(unfinished(rule)).toBe('')
    expect(unfinished({ ...newRule(), steps: [{ ...newStep(['agents']), by: [] }] })).toBe('')
  })
  it('tell how a way stands', () => {
    expect(wayState(undefined).words).toBe('Not saved yet')
    expect(wayState(way).words).toBe('Not verified')
    expect(wayState({ ...way, verified_at: '2026-11-22T21:00:00Z', usable: true, trouble: '' }).words).toBe('Verified')
    expect(wayState({ ...way, trouble: 'They asked for no more texts (STOP).' }).words).toBe('Not used')
  })
  it('count text messages', () => {
    const text = { rule: 0, form: 'leak', channel: 'sms', text: '', characters: 370, segments: 3, coding: 'GSM-7' }
    expect(lengthOf(text)).toBe('goes out as 3 text messages (370 characters)')
    expect(lengthOf({ ...text, characters: 90, segments: 1 })).toBe('fits one text message (90 characters)')
  })
  it('say how long after the message', () =>
    expect([0, 1, 25, 120, 150].map(afterOf)).toEqual(['at once', 'after 1 minute', 'after 25 minutes', 'after 2 hours', 'after 2 h 30 min']))
  it('part the call from the message', () => {
    const one = { at: '', wall: '', after_minutes: 0, text: '', rule: null, contact: '', contact_name: '', channel: '', address: '', because: '', trouble: '' }
    const found = parted([
      { ...one, kind: 'greeting' },
      { ...one, kind: 'person' },
      { ...one, kind: 'pool' },
    ])
    expect([found.call.map(({ kind }) => kind), found.message.map(({ kind }) => kind)]).toEqual([['greeting', 'pool'], ['person']])
  })
  it('offer rotas before people', () =>
    expect(targets(draftOf(policy), true).map(([key]) => key)).toEqual(['nights', 'pat', 'office', 'agents']))
})

import { describe, expect, it } from 'vitest'
import { address } from '../src/api/client'
import { home, navigation, pageAt, setupNavigation, type Viewer } from '../src/routes'

const ana: Viewer = {
  role: 'agent',
  business_id: null,
  takes_calls: true,
  may: ['see_business', 'see_messages', 'take_message', 'take_calls'],
}
const office: Viewer = {
  role: 'business',
  business_id: 'harbor',
  takes_calls: false,
  may: ['see_business', 'see_messages', 'see_deliveries', 'see_rota', 'edit_delivery', 'edit_caller_lists'],
}
const sue: Viewer = {
  role: 'supervisor',
  business_id: null,
  takes_calls: false,
  may: ['see_business', 'see_messages', 'see_calls', 'see_floor', 'see_outbox', 'manage_businesses'],
}
const labels = (viewer: Viewer) => navigation(viewer).map((link) => link.label)

describe('pageAt', () => {
  it.each([
    ['/agent', { name: 'agent' }],
    ['/agent/', { name: 'agent' }],
    ['/setup', { name: 'businesses' }],
    ['/setup/businesses/harbor', { name: 'business', id: 'harbor' }],
    ['/messages/a%20b', { name: 'message', id: 'a b' }],
    ['/messages/a/b', { name: 'not-found' }],
    ['/callers', { name: 'callers' }],
    ['/on-call', { name: 'on-call' }],
    ['/delivery/', { name: 'delivery' }],
    ['/people-here', { name: 'own-people' }],
    ['/nowhere', { name: 'not-found' }],
    ['/constructor', { name: 'not-found' }],
  ])('%s', (path, page) => expect(pageAt(path)).toEqual(page))
})

describe('the navigation', () => {
  it('shows an agent the console and the messages', () => expect(labels(ana)).toEqual(['Agent', 'Messages']))
  it("shows a business's people their own", () => expect(labels(office)).toEqual(['Messages', 'On call', 'Delivery', 'Callers', 'Our plan']))
  it('shows a supervisor the floor', () =>
    expect(labels(sue)).toEqual(['Floor', 'Messages', 'Calls', 'Outbox', 'Set-up']))
  it('hides trunks and people from those who may not manage them', () =>
    expect(setupNavigation(sue).map((link) => link.label)).toEqual(['Businesses', 'Numbers']))
  it('shows a manager the people of the business, a supervisor what needs attention', () => {
    expect(labels({ ...office, may: [...office.may, 'manage_own_people'] })).toContain('People')
    expect(labels({ ...sue, may: [...sue.may, 'handle_attention', 'do_tasks'] })).toEqual(expect.arrayContaining(['Attention', 'Tasks']))
    expect(labels({ ...ana, may: [...ana.may, 'do_tasks'] })).not.toContain('Tasks')
  })
  it('leads home', () => expect([ana, office, sue].map(home)).toEqual(['/agent', '/messages', '/floor']))
})

it('puts values into addresses safely', () => {
  expect(address('/api/numbers/{e164}', { e164: '+1/2' })).toBe('/api/numbers/%2B1%2F2')
  expect(address('/api/messages', {}, { business: '', cursor: 'a&b' })).toBe('/api/messages?cursor=a%26b')
})

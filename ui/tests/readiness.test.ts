import { describe, expect, it } from 'vitest'
import type { Microphone } from '../src/agent/microphone'
import { readiness } from '../src/agent/readiness'
import { SOFTPHONE_OFF, type SoftphoneStatus } from '../src/softphone_status'

const able: SoftphoneStatus = { ...SOFTPHONE_OFF, link: 'ready' }
const answer = (phone: Partial<SoftphoneStatus> = {}, microphone: Microphone = 'working') =>
  readiness({ ...able, ...phone }, microphone)

describe('a page that is asked whether it could take a call', () => {
  it('could with a telephone and a microphone', () => expect(answer()).toBe(''))
  it('says what it lacks', () => {
    expect(answer({}, 'missing')).toBe('no microphone')
    expect(answer({}, 'denied')).toBe('microphone not allowed')
    expect(answer({}, 'muted')).toBe('microphone muted')
    expect(answer({ link: 'lost' })).toBe('telephone not connected')
    expect(answer({ link: 'refused' })).toBe('telephone not connected')
  })
  it('says nothing while that is being found out', () => {
    expect(answer({ link: 'off' })).toBeNull()
    expect(answer({ link: 'connecting' })).toBeNull()
    expect(answer({}, 'unknown')).toBeNull()
    expect(answer({ call: 'connected' })).toBeNull()
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { chooseDevice, chosenDevice, microphoneWanted, sorted, useChosenSpeaker } from '../src/sound_devices'

beforeEach(() => {
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  })
})
afterEach(() => vi.unstubAllGlobals())

/** An output that knows these devices, and refuses others as a browser does. */
function output(...known: string[]) {
  const used: string[] = []
  const setSinkId = async (id: string) => {
    if (id !== '' && !known.includes(id)) throw new DOMException('gone', 'NotFoundError')
    used.push(id)
  }
  return { used, sound: { setSinkId } as unknown as HTMLMediaElement }
}

describe('the list', () => {
  it('has each device once and leaves out what has no name yet', () => {
    const found = sorted([
      { kind: 'audioinput', deviceId: 'default', label: 'Default - Headset' },
      { kind: 'audioinput', deviceId: 'h1', label: 'Headset' },
      { kind: 'videoinput', deviceId: 'v1', label: 'Camera' },
      { kind: 'audiooutput', deviceId: 'communications', label: 'Communications - Headset' },
      { kind: 'audiooutput', deviceId: 's1', label: 'Loudspeakers' },
      { kind: 'audiooutput', deviceId: '', label: '' },
    ])
    expect(found).toEqual({ microphone: [{ id: 'h1', label: 'Headset' }], speaker: [{ id: 's1', label: 'Loudspeakers' }] })
  })
})

describe('the choice', () => {
  it('is the system’s own until somebody chooses, and again when they take it back', () => {
    expect(microphoneWanted()).toBe(true)
    chooseDevice('microphone', 'h1')
    expect(microphoneWanted()).toEqual({ deviceId: { ideal: 'h1' } })
    expect(chosenDevice('speaker')).toBe('')
    chooseDevice('microphone', '')
    expect(microphoneWanted()).toBe(true)
  })

  it('moves the sound, and falls back when the loudspeaker is gone', async () => {
    chooseDevice('speaker', 's1')
    const there = output('s1')
    await useChosenSpeaker(there.sound)
    expect(there.used).toEqual(['s1'])
    const gone = output()
    await useChosenSpeaker(gone.sound)
    expect(gone.used).toEqual([''])
  })

  it('is nothing to a browser that cannot choose', async () => {
    chooseDevice('speaker', 's1')
    await expect(useChosenSpeaker({} as HTMLMediaElement)).resolves.toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { mono, wavOf } from '../src/wav'

describe('a WAV file', () => {
  const wav = wavOf(new Float32Array([0, 1, -1, 0.5, 7, -7]), 16_000)
  const view = new DataView(wav.buffer)

  it('says what is in it', () => {
    expect(new TextDecoder('latin1').decode(wav.subarray(0, 4))).toBe('RIFF')
    expect(view.getUint32(4, true)).toBe(wav.length - 8)
    expect(new TextDecoder('latin1').decode(wav.subarray(8, 16))).toBe('WAVEfmt ')
    expect([16, 28].map((at) => view.getUint32(at, true))).toEqual([16, 32_000])
    expect([20, 22, 32, 34].map((at) => view.getUint16(at, true))).toEqual([1, 1, 2, 16])
    expect(view.getUint32(24, true)).toBe(16_000)
    expect(view.getUint32(40, true)).toBe(12)
    expect(wav.length).toBe(44 + 12)
  })

  it('holds the samples, the loudest cut off', () => {
    const samples = Array.from({ length: 6 }, (_, at) => view.getInt16(44 + 2 * at, true))
    expect(samples).toEqual([0, 32767, -32767, 16384, 32767, -32767])
  })

  it('can be empty', () => {
    expect(wavOf(new Float32Array(0), 8000).length).toBe(44)
  })
})

describe('one channel', () => {
  it('is the mean of all', () => {
    const mixed = mono([new Float32Array([1, 0, 0.5]), new Float32Array([0, -1, 0.5])])
    expect([...mixed]).toEqual([0.5, -0.5, 0.5])
  })

  it('is itself when there is but one, and silent when there is none', () => {
    expect([...mono([new Float32Array([0.25])])]).toEqual([0.25])
    expect([...mono([])]).toEqual([])
  })
})

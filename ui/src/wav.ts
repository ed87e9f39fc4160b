/** Samples as a WAV file: what the service reads of recordings. */

const HEADER_BYTES = 44

/** The mean of all channels, which are equally long. */
export function mono(channels: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0), ...others] = channels
  if (others.length === 0) return first
  return first.map((sample, at) => others.reduce((sum, other) => sum + (other[at] ?? 0), sample) / channels.length)
}

/** 16 bit PCM, one channel (Microsoft's "Multimedia Programming Interface and Data Specifications 1.0", WAVE). */
export function wavOf(samples: Float32Array, hertz: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + 2 * samples.length)
  const view = new DataView(bytes.buffer)
  const words = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at)
  words(0, 'RIFF')
  view.setUint32(4, bytes.length - 8, true)
  words(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true) // PCM
  view.setUint16(22, 1, true) // channels
  view.setUint32(24, hertz, true)
  view.setUint32(28, hertz * 2, true)
  view.setUint16(32, 2, true) // bytes a frame
  view.setUint16(34, 16, true) // bits a sample
  words(36, 'data')
  view.setUint32(40, 2 * samples.length, true)
  samples.forEach((sample, at) => {
    view.setInt16(HEADER_BYTES + 2 * at, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true)
  })
  return bytes
}

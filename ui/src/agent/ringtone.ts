/** The ring of an offered call, made with WebAudio: two soft tones, twice, every three seconds. */

import { useChosenSpeaker } from '../sound_devices'

const RING_EVERY_MS = 3000
const TONES_HZ = [523.25, 659.25]
const TONE_SECONDS = 0.32
const LOUDNESS = 0.12

export class Ringtone {
  readonly #audio = new AudioContext()
  #timer: ReturnType<typeof setInterval> | null = null

  useChosenSpeaker(): void {
    void useChosenSpeaker(this.#audio)
  }

  /** False while the browser keeps the page silent because nobody has clicked or typed in it yet. */
  get audible(): boolean {
    return this.#audio.state === 'running'
  }

  /** Call it from a click or a key press: browsers allow sound only then. */
  async allow(): Promise<void> {
    await this.#audio.resume()
  }

  start(): void {
    if (this.#timer !== null) return
    void this.#audio.resume()
    this.#ring()
    this.#timer = setInterval(() => this.#ring(), RING_EVERY_MS)
  }

  stop(): void {
    if (this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  close(): void {
    this.stop()
    void this.#audio.close()
  }

  #ring(): void {
    for (const round of [0, 1]) {
      TONES_HZ.forEach((hertz, index) => this.#tone(hertz, round * 0.8 + index * TONE_SECONDS))
    }
  }

  #tone(hertz: number, delay: number): void {
    const begin = this.#audio.currentTime + delay
    const tone = new OscillatorNode(this.#audio, { type: 'sine', frequency: hertz })
    const volume = new GainNode(this.#audio, { gain: 0 })
    volume.gain.setValueAtTime(0, begin)
    volume.gain.linearRampToValueAtTime(LOUDNESS, begin + 0.02)
    volume.gain.exponentialRampToValueAtTime(0.001, begin + TONE_SECONDS)
    tone.connect(volume).connect(this.#audio.destination)
    tone.start(begin)
    tone.stop(begin + TONE_SECONDS)
  }
}

/** Sound from the microphone or from a file, as the WAV file the service takes. */

import { microphoneWanted } from './sound_devices'
import { mono, wavOf } from './wav'

/** As good as a wide-band call gets, and a fifth of what a studio's file weighs. */
const HERTZ = 16_000

/**
 * Any sound the browser can play, as WAV. What it cannot play comes back as it is: the service may know it, or says
 * what is wrong with it.
 */
export async function asWav(sound: Blob): Promise<Blob> {
  let decoded: AudioBuffer
  try {
    decoded = await new OfflineAudioContext(1, 1, HERTZ).decodeAudioData(await sound.arrayBuffer())
  } catch {
    return sound
  }
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, at) => decoded.getChannelData(at))
  return new Blob([wavOf(mono(channels), decoded.sampleRate)], { type: 'audio/wav' })
}

/** One recording from the microphone. */
export class Recorder {
  #recorder: MediaRecorder | null = null
  #recorded: Promise<Blob> | null = null

  /** Raises what getUserMedia raises; a TypeError on pages that are not secure. */
  async start(): Promise<void> {
    this.cancel()
    const recorder = new MediaRecorder(await navigator.mediaDevices.getUserMedia({ audio: microphoneWanted() }))
    this.#recorder = recorder
    // It comes by itself when the microphone is unplugged.
    this.#recorded = new Promise((resolve) => {
      recorder.ondataavailable = (event) => resolve(event.data)
    })
    recorder.start()
  }

  /** Ends the recording and gives it as WAV; null when none was begun. */
  async stop(): Promise<Blob | null> {
    if (this.#recorder === null || this.#recorded === null) return null
    if (this.#recorder.state !== 'inactive') this.#recorder.stop()
    const sound = await this.#recorded
    this.cancel()
    return asWav(sound)
  }

  /** Lets the microphone go and forgets what was recorded. */
  cancel(): void {
    this.#recorder?.stream.getTracks().forEach((track) => track.stop())
    this.#recorder = this.#recorded = null
  }
}

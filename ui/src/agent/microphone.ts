/** May this page use a microphone, and does it hear something? */

import { microphoneWanted } from '../sound_devices'

export type Microphone = 'unknown' | 'working' | 'denied' | 'missing' | 'busy' | 'muted' | 'insecure'

/** What to tell the agent, and what to do about it. */
export const MICROPHONE_WORDS: Record<Microphone, string> = {
  unknown: 'Check your microphone before you take calls.',
  working: 'Your microphone works. Speak: the bar should move.',
  denied:
    'The browser does not let this page use the microphone. Click the icon left of the address, set Microphone to Allow, and check again.',
  missing: 'No microphone found. Plug in a headset and check again.',
  busy: 'The microphone is there but cannot be opened. Close other programs that use it and check again.',
  muted: 'The system or a switch on the headset has muted your microphone: callers would not hear you. Switch it on.',
  insecure: 'Browsers give the microphone only to pages on https or on this machine itself. Open the console by its https address.',
}

/** A short look at the microphone. `level` is called about ten times a second with 0 to 1 until `stop`. */
export class MicrophoneCheck {
  #stream: MediaStream | null = null
  #audio: AudioContext | null = null
  #timer: ReturnType<typeof setInterval> | null = null

  async start(level: (now: number) => void): Promise<Microphone> {
    this.stop()
    // Absent on pages that are not secure, whatever the type says.
    const devices = navigator.mediaDevices as MediaDevices | undefined
    if (devices === undefined) return 'insecure'
    try {
      this.#stream = await devices.getUserMedia({ audio: microphoneWanted() })
    } catch (error) {
      return whyNot(error)
    }
    this.#audio = new AudioContext()
    const analyser = new AnalyserNode(this.#audio, { fftSize: 512 })
    this.#audio.createMediaStreamSource(this.#stream).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples)
      level(loudness(samples))
    }, 100)
    return 'working'
  }

  /** Lets the microphone go. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#stream?.getTracks().forEach((track) => track.stop())
    void this.#audio?.close()
    this.#timer = this.#stream = this.#audio = null
  }
}

/** What the browser says without asking anybody: 'unknown' when it would ask or does not tell. */
export async function remembered(): Promise<Microphone> {
  if (!window.isSecureContext) return 'insecure'
  try {
    const { state } = await navigator.permissions.query({ name: 'microphone' as PermissionName })
    return state === 'denied' ? 'denied' : 'unknown'
  } catch {
    return 'unknown'
  }
}

function loudness(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length
  return Math.min(1, Math.sqrt(power) * 6)
}

/** What an error of getUserMedia means. */
export function whyNot(error: unknown): Microphone {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing'
  return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'denied'
}

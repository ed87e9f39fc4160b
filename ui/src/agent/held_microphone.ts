import { microphoneWanted } from '../sound_devices'
import { whyNot, type Microphone } from './microphone'

/**
 * The microphone, held open while calls ring in this page: a call finds it ready, and its loss shows before a caller
 * pays for it. A page that holds one is also not slowed down in the background.
 */
export class HeldMicrophone {
  readonly #changed: (state: Microphone) => void
  #stream: MediaStream | null = null
  #opening: Promise<Microphone> | null = null
  #state: Microphone = 'unknown'
  #held = false

  /** `changed` hears each new state; 'unknown' is nothing held, or being found out. */
  constructor(changed: (state: Microphone) => void) {
    this.#changed = changed
  }

  /** Take hold, or try again after it was lost; returns once it is known how that went. */
  async open(): Promise<Microphone> {
    // Absent on pages that are not secure, whatever the type says.
    const devices = navigator.mediaDevices as MediaDevices | undefined
    if (devices === undefined) return this.#set('insecure')
    this.#held = true
    devices.addEventListener('devicechange', this.#again)
    if (this.#track?.readyState === 'live') return this.#state
    this.#opening ??= this.#get(devices).finally(() => (this.#opening = null))
    return this.#opening
  }

  /** After another one was chosen. A call that is up keeps the old one. */
  async reopen(): Promise<void> {
    if (!this.#held) return
    this.#drop()
    await this.open()
  }

  release(): void {
    this.#held = false
    const devices = navigator.mediaDevices as MediaDevices | undefined
    devices?.removeEventListener('devicechange', this.#again)
    this.#drop()
    this.#set('unknown')
  }

  /** What a call sends, its own to mute and to stop; null while there is no microphone. */
  forCall(): MediaStream | null {
    return this.#track?.readyState === 'live' ? new MediaStream([this.#track.clone()]) : null
  }

  get #track(): MediaStreamTrack | undefined {
    return this.#stream?.getAudioTracks()[0]
  }

  readonly #again = (): void => {
    if (this.#held && this.#track?.readyState !== 'live') void this.open()
  }

  async #get(devices: MediaDevices): Promise<Microphone> {
    let stream: MediaStream
    try {
      stream = await devices.getUserMedia({ audio: microphoneWanted() })
    } catch (error) {
      return this.#set(this.#held ? whyNot(error) : 'unknown')
    }
    this.#stream = stream
    if (!this.#held) {
      this.#drop()
      return this.#state
    }
    const track = stream.getAudioTracks()[0]
    const look = (): void => {
      if (this.#stream === stream) this.#set(track?.muted ? 'muted' : 'working')
    }
    track?.addEventListener('mute', look)
    track?.addEventListener('unmute', look)
    track?.addEventListener('ended', () => {
      if (this.#stream !== stream) return
      this.#drop()
      this.#set('unknown')
      this.#again() // the system may have another one
    })
    look()
    return this.#state
  }

  #drop(): void {
    this.#stream?.getTracks().forEach((track) => track.stop())
    this.#stream = null
  }

  #set(state: Microphone): Microphone {
    if (state !== this.#state) {
      this.#state = state
      this.#changed(state)
    }
    return state
  }
}

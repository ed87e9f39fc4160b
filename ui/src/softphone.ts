/**
 * The telephone in the page: a SIP user agent (JsSIP) over the service's own `/sip` WebSocket, sound by WebRTC.
 *
 * It registers, reconnects by itself, and holds an incoming call ringing until the agent answers, unless the call asks
 * to be picked up at once. What to show comes out as one `SoftphoneStatus` value at each change.
 */

import { UA, WebSocketInterface } from 'jssip'
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from 'jssip/lib/UA'
import type { EndEvent, IceCandidateEvent, PeerConnectionEvent, RTCSession } from 'jssip/lib/RTCSession'
import { microphoneWanted } from './sound_devices'
import { SOFTPHONE_OFF, type SoftphoneStatus, type Trouble } from './softphone_status'

export interface SoftphoneSettings {
  readonly username: string
  readonly secret: string
  /** `ws://` or `wss://` address that speaks the `sip` subprotocol. */
  readonly url: string
  readonly iceServers: readonly RTCIceServer[]
}

/** Gathering network addresses may take many seconds when a STUN server is silent; the caller must not wait for it. */
const ICE_PATIENCE_MS = 400
const AGAIN_AFTER_LOSS_MS = 3000
const AGAIN_AFTER_REFUSAL_MS = 15_000
/** On a call that the page is to pick up by itself. */
const AUTO_ANSWER = 'X-Answerline-Auto'
const SIP_BUSY = 486
const SIP_DECLINE = 603

export class Softphone {
  readonly #settings: SoftphoneSettings
  readonly #audio: HTMLAudioElement
  readonly #microphone: () => MediaStream | null
  readonly #changed: (status: SoftphoneStatus) => void
  readonly #ua: UA
  #session: RTCSession | null = null
  /** What the call sends, when it is not the session's own affair. */
  #sent: MediaStream | null = null
  #wanted = false
  #again: ReturnType<typeof setTimeout> | undefined
  #status: SoftphoneStatus = SOFTPHONE_OFF

  /** `audio` plays the caller, `microphone` gives each call what to send. Nothing happens before `start`. */
  constructor(
    settings: SoftphoneSettings,
    audio: HTMLAudioElement,
    microphone: () => MediaStream | null,
    changed: (status: SoftphoneStatus) => void,
  ) {
    this.#settings = settings
    this.#audio = audio
    this.#microphone = microphone
    this.#changed = changed
    this.#ua = this.#userAgent()
  }

  get status(): SoftphoneStatus {
    return this.#status
  }

  start(): void {
    this.#set({ link: 'connecting' })
    this.#ua.start()
  }

  /** Ends a call, unregisters and closes the connection. */
  stop(): void {
    clearTimeout(this.#again)
    this.#ua.stop()
    this.#audio.srcObject = null
    this.#set(SOFTPHONE_OFF)
  }

  /** Take the ringing call; when it is not here yet, take it the moment it comes. */
  answer(): void {
    if (this.#session === null) {
      this.#wanted = true
      return
    }
    if (this.#status.call === 'ringing') this.#accept(this.#session)
  }

  #accept(session: RTCSession): void {
    this.#set({ call: 'answering', muted: false, trouble: '' })
    this.#sent = this.#microphone()
    session.answer({
      ...(this.#sent === null ? {} : { mediaStream: this.#sent }),
      mediaConstraints: { audio: microphoneWanted(), video: false },
      pcConfig: { iceServers: [...this.#settings.iceServers], bundlePolicy: 'max-bundle' },
    })
  }

  /** The offer is over: an answer that still waits for its call is void. */
  forgetAnswer(): void {
    this.#wanted = false
  }

  /** Refuse a ringing call, or end the one that is up. */
  hangUp(): void {
    if (this.#session === null || this.#session.isEnded()) return
    this.#session.terminate(this.#status.call === 'connected' ? {} : { status_code: SIP_DECLINE })
  }

  mute(muted: boolean): void {
    if (this.#session === null) return
    if (muted) this.#session.mute({ audio: true })
    else this.#session.unmute({ audio: true })
    this.#set({ muted })
  }

  #userAgent(): UA {
    const { url, username, secret } = this.#settings
    // The name in SIP addresses only has to be the same everywhere; the connection's own host serves.
    const domain = new URL(url).hostname
    const ua = new UA({
      sockets: [new WebSocketInterface(url)],
      uri: `sip:${username}@${domain}`,
      authorization_user: username,
      password: secret,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
      user_agent: 'Answerline',
    })
    ua.on('connecting', () => {
      if (this.#status.link === 'off') this.#set({ link: 'connecting' })
    })
    ua.on('disconnected', () => this.#set({ link: this.#status.link === 'off' ? 'off' : 'lost' }))
    ua.on('registered', () => this.#set({ link: 'ready' }))
    ua.on('unregistered', () => this.#set({ link: this.#status.link === 'off' ? 'off' : 'lost' }))
    ua.on('registrationFailed', ({ response }) => {
      if (this.#status.link === 'off') return
      const code: unknown = response?.status_code
      const refused = code === 401 || code === 403 || code === 404
      this.#set({ link: refused ? 'refused' : 'lost' })
      // The agent itself tries again only after its connection was lost, not after an exchange that said no.
      clearTimeout(this.#again)
      this.#again = setTimeout(() => this.#register(), refused ? AGAIN_AFTER_REFUSAL_MS : AGAIN_AFTER_LOSS_MS)
    })
    ua.on('newRTCSession', (event: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) => {
      if (event.originator === 'remote') this.#incoming(event.session, event.request.getHeader(AUTO_ANSWER) === '1')
    })
    return ua
  }

  #register(): void {
    if (this.#ua.isConnected() && !this.#ua.isRegistered()) this.#ua.register()
  }

  #incoming(session: RTCSession, auto: boolean): void {
    if (this.#session !== null) {
      session.terminate({ status_code: SIP_BUSY })
      return
    }
    this.#session = session
    session.on('peerconnection', (event: PeerConnectionEvent) => this.#listen(event.peerconnection))
    session.on('icecandidate', this.#patience())
    session.on('confirmed', () => this.#set({ call: 'connected', trouble: '' }))
    session.on('ended', () => this.#over(session, ''))
    session.on('failed', (event: EndEvent) => this.#over(session, troubleOf(event)))
    session.on('getusermediafailed', (error: unknown) => this.#set({ trouble: microphoneTrouble(error) }))
    if (auto || this.#wanted) this.#accept(session)
    else this.#set({ call: 'ringing', muted: false, trouble: '' })
  }

  #listen(connection: RTCPeerConnection): void {
    connection.addEventListener('track', (event) => {
      this.#audio.srcObject = event.streams[0] ?? new MediaStream([event.track])
      // Refused only when the page was never touched; the agent's answer was a touch.
      this.#audio.play().catch(() => this.#set({ trouble: 'call-failed' }))
    })
  }

  #patience(): (event: IceCandidateEvent) => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    return ({ ready }) => {
      timer ??= setTimeout(ready, ICE_PATIENCE_MS)
    }
  }

  #over(session: RTCSession, trouble: Trouble): void {
    if (this.#session !== session) return
    this.#session = null
    this.#wanted = false
    this.#audio.srcObject = null
    this.#sent?.getTracks().forEach((track) => track.stop())
    this.#sent = null
    this.#set({ call: 'none', muted: false, trouble: this.#status.trouble || trouble })
  }

  #set(change: Partial<SoftphoneStatus>): void {
    this.#status = { ...this.#status, ...change }
    this.#changed(this.#status)
  }
}

function troubleOf(event: EndEvent): Trouble {
  // Cancelled, rejected or unanswered calls are the desk's business; only our own failures are worth a word here.
  return ['WebRTC Error', 'Internal Error', 'Bad Media Description'].includes(event.cause) ? 'call-failed' : ''
}

function microphoneTrouble(error: unknown): Trouble {
  const name = error instanceof DOMException ? error.name : ''
  return name === 'NotFoundError' ? 'microphone-missing' : 'microphone-denied'
}

import type { Api } from '../api/client'
import { ApiProblem, sentenceOf } from '../api/problem'
import type { AgentSetup, AgentView, Chosen, Device } from '../api/types'
import { HeldMicrophone } from './held_microphone'
import { LiveLink } from './live_link'
import type { Microphone } from './microphone'
import { OneTab } from './one_tab'
import { readiness } from './readiness'
import { Ringtone } from './ringtone'
import type { Softphone } from '../softphone'
import { useChosenSpeaker } from '../sound_devices'
import { SOFTPHONE_OFF, type SoftphoneStatus } from '../softphone_status'

const PULSE_MS = 20_000

/**
 * One agent at work: the live view, the softphone and the moves. It outlives the agent page, so that looking up an old
 * message in mid-shift does not drop the telephone.
 */
export class AgentConsole {
  /** What the desk says; null until the first answer. */
  view = $state.raw<AgentView | null>(null)
  settings = $state.raw<AgentSetup | null>(null)
  phone = $state.raw<SoftphoneStatus>(SOFTPHONE_OFF)
  /** The one that calls in this browser use; 'unknown' while calls do not ring here. */
  microphone = $state<Microphone>('unknown')
  linked = $state(true)
  /** Does this tab have the console? Null while that is being found out. */
  mine = $state<boolean | null>(null)
  /** Why the last move was refused, or "". */
  trouble = $state('')
  /** A move is on its way to the service. */
  busy = $state(false)
  soundBlocked = $state(false)

  readonly #api: Api
  readonly #audio = new Audio()
  readonly #microphone = new HeldMicrophone((state) => {
    this.microphone = state
    this.#answerDesk()
  })
  #softphone: Softphone | null = null
  #ringtone: Ringtone | null = null
  #link: LiveLink | null = null
  #tab: OneTab | null = null
  #pulse: ReturnType<typeof setInterval> | undefined
  #serverAhead = 0
  /** The offer that the desk was last told about. */
  #answeredFor: string | null = null
  readonly #moving = new Set<string>()
  #started = false

  constructor(api: Api) {
    this.#api = api
  }

  /** Begin to watch. Calling it again does nothing. */
  start(): void {
    if (this.#started) return
    this.#started = true
    this.#ringtone = new Ringtone()
    this.useChosenSpeaker()
    this.#tab = new OneTab(
      (mine) => this.#tabChanged(mine),
      () => this.view?.call == null,
    )
    addEventListener('beforeunload', this.#leaving)
    addEventListener('pagehide', this.#gone)
  }

  stop(): void {
    if (!this.#started) return
    this.#started = false
    this.#unwatch()
    this.#ringtone?.close()
    this.#tab?.close()
    removeEventListener('beforeunload', this.#leaving)
    removeEventListener('pagehide', this.#gone)
    this.view = null
    this.mine = null
  }

  takeOver(): void {
    this.#tab?.takeOver()
  }

  /** The service's clock, in milliseconds since 1970: what the view's times are compared with. */
  serverTime(now: number): number {
    return now + this.#serverAhead
  }

  async signIn(device: Device, only: Chosen | null): Promise<void> {
    await this.allowSound()
    await this.#move('sign-in', () => this.#api.post('/api/agent/sign-in', { body: { device, only } }))
  }

  /** Take calls for everything (null) or only for what was chosen. Raises ApiProblem. */
  choose = (only: Chosen | null) => this.#api.put('/api/agent/calls-for', { body: { only } })

  /** What there is to choose from may have been edited since this page was loaded. Raises ApiProblem. */
  async readSettings(): Promise<void> {
    this.settings = await this.#api.get('/api/agent')
  }

  signOut = () => this.#move('sign-out', () => this.#api.post('/api/agent/sign-out'))
  pause = (reason: string, note = '') =>
    this.#move('pause', () => this.#api.post('/api/agent/pause', { body: { reason, note } }))
  seen = () => this.#move('seen', () => this.#api.delete('/api/agent/notice'))
  setAutoAnswer = (on: boolean) =>
    this.#move('auto-answer', () => this.#api.put('/api/agent/auto-answer', { body: { on } }))
  extend = (seconds: number) => this.#move('wrap-up/extend', () => this.#api.post('/api/agent/wrap-up/extend', { body: { seconds } }))
  hold = () => this.#move('hold', () => this.#api.post('/api/agent/hold'))
  unhold = () => this.#move('unhold', () => this.#api.post('/api/agent/unhold'))
  hangUp = () => this.#end('hang-up', () => this.#api.post('/api/agent/hang-up'))
  decline = () => this.#end('decline', () => this.#api.post('/api/agent/decline'))

  /** Ready for calls again. Who would be passed over once more for want of a microphone is told so instead. */
  async resume(): Promise<void> {
    const back = this.view?.state === 'unreachable' && this.view.device === 'browser'
    const microphone = back ? await this.#microphone.open() : 'working'
    if (microphone === 'working') await this.#move('resume', () => this.#api.post('/api/agent/resume'))
    else this.trouble = 'You are not available yet: first this page needs a microphone.'
  }

  /** Take the offered call in this browser; a SIP phone is answered by picking it up. */
  answer(): void {
    this.#ringtone?.stop()
    this.#softphone?.answer()
  }

  mute(muted: boolean): void {
    this.#softphone?.mute(muted)
  }

  /** After another loudspeaker was chosen. */
  useChosenSpeaker(): void {
    void useChosenSpeaker(this.#audio)
    this.#ringtone?.useChosenSpeaker()
  }

  /** After another microphone was chosen. */
  useChosenMicrophone(): void {
    void this.#microphone.reopen()
  }

  async allowSound(): Promise<void> {
    await this.#ringtone?.allow()
    this.soundBlocked = !(this.#ringtone?.audible ?? true)
  }

  /** A second press of a move that is under way does nothing; different moves do not wait for each other. */
  async #move(name: string, send: () => Promise<unknown>): Promise<void> {
    if (this.#moving.has(name)) return
    this.#moving.add(name)
    this.busy = true
    this.trouble = ''
    try {
      await send()
    } catch (error) {
      this.trouble = sentenceOf(error)
    } finally {
      this.#moving.delete(name)
      this.busy = this.#moving.size > 0
    }
  }

  /** With the service out of reach, this browser's telephone can still end the call by itself. */
  async #end(name: string, send: () => Promise<unknown>): Promise<void> {
    await this.#move(name, send)
    if (this.trouble !== '') this.#softphone?.hangUp()
  }

  #tabChanged(mine: boolean): void {
    this.mine = mine
    if (mine) void this.#watch()
    else this.#unwatch()
  }

  async #watch(): Promise<void> {
    try {
      const response = await this.#api.raw('GET', '/api/agent')
      const date = Date.parse(response.headers.get('Date') ?? '')
      const ahead = date + 500 - Date.now()
      this.#serverAhead = Math.abs(ahead) > 2000 ? ahead : 0
      this.settings = (await response.json()) as AgentSetup
    } catch (error) {
      this.linked = false
      if (error instanceof ApiProblem && error.passing) setTimeout(() => this.mine && void this.#watch(), 2000)
      else this.trouble = sentenceOf(error)
      return
    }
    this.#take(this.settings.view)
    this.#link?.close()
    this.#link = new LiveLink(sameHost('/api/agent/live'), (view) => this.#take(view), (up) => void this.#linkChanged(up))
    this.#link.open()
    clearInterval(this.#pulse)
    this.#pulse = setInterval(() => void this.#check(), PULSE_MS)
  }

  #unwatch(): void {
    clearInterval(this.#pulse)
    this.#link?.close()
    this.#link = null
    this.#unplug()
    this.#ringtone?.stop()
  }

  async #linkChanged(up: boolean): Promise<void> {
    this.linked = up
    if (!up) await this.#check()
  }

  /**
   * A WebSocket tells neither a lost session from a lost network nor, for minutes, a dead line from a quiet one. This
   * does (401 leads to the sign-in page), and it keeps the session of an agent who only listens alive.
   */
  async #check(): Promise<void> {
    try {
      await this.#api.raw('GET', '/api/agent')
    } catch (error) {
      if (this.linked && error instanceof ApiProblem && error.passing) this.#link?.reopen()
    }
  }

  #take(view: AgentView): void {
    this.view = view
    this.#answerDesk()
    if (!this.#ringsHere) this.#unplug()
    else if (this.#softphone === null) void this.#plugIn()
    if (view.state !== 'offered') this.#softphone?.forgetAnswer()
    this.#ring()
  }

  get #ringsHere(): boolean {
    return this.mine === true && this.view !== null && this.view.state !== 'offline' && this.view.device === 'browser'
  }

  /**
   * Could this page take the call the desk thinks of offering? Only the tab that has the telephone is asked, for only
   * it has the live view. A timer would be late in a background tab, so this runs as the question comes, and again as
   * what is still being found out becomes known; the desk waits no longer than it wants.
   */
  #answerDesk(): void {
    const offer = this.view?.ready_for ?? null
    if (offer === null || offer === this.#answeredFor) return
    const problem = readiness(this.phone, this.microphone)
    if (problem === null) return
    this.#answeredFor = offer
    this.#link?.send({ ready_for: offer, problem })
  }

  #ring(): void {
    const offered = this.view?.state === 'offered' && this.view.device === 'browser'
    const due = this.phone.call === 'ringing' || (this.phone.call === 'none' && this.view?.auto_answer !== true)
    if (offered && due) this.#ringtone?.start()
    else this.#ringtone?.stop()
    this.soundBlocked = this.view?.state !== 'offline' && !(this.#ringtone?.audible ?? true)
  }

  async #plugIn(): Promise<void> {
    const settings = this.settings?.softphone
    if (settings === undefined) return
    // No call rings before it is known whether there is a microphone, which the browser may ask the agent about.
    const [{ Softphone }] = await Promise.all([import('../softphone'), this.#microphone.open()])
    if (!this.#ringsHere) this.#microphone.release()
    if (this.#softphone !== null || !this.#ringsHere) return
    this.#softphone = new Softphone(
      {
        username: settings.username,
        secret: settings.secret,
        // The session's cookie belongs to the address this page was opened at, which may not be the public one.
        url: sameHost(settings.websocket_url),
        iceServers: settings.ice_servers,
      },
      this.#audio,
      () => this.#microphone.forCall(),
      (status) => {
        this.phone = status
        this.#answerDesk()
        this.#ring()
      },
    )
    this.#softphone.start()
  }

  #unplug(): void {
    this.#softphone?.stop()
    this.#softphone = null
    this.#microphone.release()
  }

  readonly #leaving = (event: BeforeUnloadEvent): void => {
    if (this.view?.state === 'talking' && this.view.device === 'browser') event.preventDefault()
  }

  // In a talk nothing is said to the exchange: a BYE would end the call, while a tab that vanishes leaves the caller in
  // the desk's hands, who is offered again.
  readonly #gone = (): void => {
    if (this.phone.call !== 'connected') this.#softphone?.stop()
  }
}

/** The path of an address as a WebSocket address on the host this page came from. */
function sameHost(address: string): string {
  const url = new URL(address, location.href)
  return `${location.origin.replace(/^http/, 'ws')}${url.pathname}`
}

import type { AgentView } from '../api/types'

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 5000

/** The agent's live view over a WebSocket, opened again whenever it breaks. Each message is the whole view. */
export class LiveLink {
  readonly #url: string
  readonly #view: (view: AgentView) => void
  readonly #up: (up: boolean) => void
  #socket: WebSocket | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #retryMs = FIRST_RETRY_MS
  #wanted = false

  /** `view` gets each newest view, `up` whether the link stands. */
  constructor(url: string, view: (view: AgentView) => void, up: (up: boolean) => void) {
    this.#url = url
    this.#view = view
    this.#up = up
  }

  open(): void {
    this.#wanted = true
    addEventListener('online', this.#now)
    this.#connect()
  }

  /** Drop a connection that is thought dead, and connect anew. */
  reopen(): void {
    const dead = this.#socket
    this.#socket = null
    dead?.close()
    this.#up(false)
    this.#connect()
  }

  /** Nothing when the link is down: the next view asks again what still matters. */
  send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  close(): void {
    this.#wanted = false
    removeEventListener('online', this.#now)
    clearTimeout(this.#timer)
    this.#socket?.close()
    this.#socket = null
  }

  readonly #now = (): void => {
    if (this.#socket === null && this.#wanted) this.#connect()
  }

  #connect(): void {
    clearTimeout(this.#timer)
    const socket = new WebSocket(this.#url)
    this.#socket = socket
    socket.addEventListener('open', () => {
      this.#retryMs = FIRST_RETRY_MS
      this.#up(true)
    })
    socket.addEventListener('message', (event: MessageEvent<string>) => {
      if (this.#socket === socket) this.#view(JSON.parse(event.data) as AgentView)
    })
    socket.addEventListener('close', () => {
      if (this.#socket !== socket) return
      this.#socket = null
      this.#up(false)
      // Not all agents at the same instant after a restart.
      this.#timer = setTimeout(this.#now, this.#retryMs * (0.75 + Math.random() / 2))
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
    })
  }
}

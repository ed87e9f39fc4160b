/** One console per browser: the tab that holds a lock has the softphone; another one can ask for it. */

const NAME = 'answerline-console'

export class OneTab {
  readonly #channel = new BroadcastChannel(NAME)
  readonly #changed: (mine: boolean) => void
  #release: (() => void) | null = null

  /** `changed` hears whether this tab has the console; `mayLeave` says whether it may be given to another tab. */
  constructor(changed: (mine: boolean) => void, mayLeave: () => boolean) {
    this.#changed = changed
    this.#channel.addEventListener('message', () => {
      if (this.#release !== null && mayLeave()) this.#release()
    })
    this.#request({ ifAvailable: true })
  }

  /** Ask the other tab to let go; it does unless it is in a call. */
  takeOver(): void {
    this.#request({})
    this.#channel.postMessage('take')
  }

  close(): void {
    this.#release?.()
    this.#channel.close()
  }

  #request(options: LockOptions): void {
    // Without locks (a page that is not secure) there is no microphone and so no softphone to fight over.
    const locks = navigator.locks as LockManager | undefined
    if (locks === undefined) {
      this.#changed(true)
      return
    }
    void locks.request(NAME, options, async (lock) => {
      if (lock === null) {
        this.#changed(false)
        return
      }
      this.#changed(true)
      await new Promise<void>((resolve) => (this.#release = resolve))
      this.#release = null
      this.#changed(false)
    })
  }
}

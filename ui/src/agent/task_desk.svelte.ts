import type { Api } from '../api/client'
import { sentenceOf } from '../api/problem'
import type { Task } from '../api/types'
import { Loaded } from '../loaded.svelte'

const POLL_SECONDS = 10

/**
 * What agents are to do outside of calls. It outlives the page: what somebody has typed about a task is still there
 * after a call that came in between.
 */
export class TaskDesk {
  readonly list: Loaded<readonly Task[]>
  /** The id of the task that is open, or null. */
  open = $state<string | null>(null)
  /** What was typed about tasks that are not done yet, by their ids. */
  readonly outcomes: Record<string, string> = $state({})
  /** Who has the message now, where somebody was to be reached; by task ids. */
  readonly reached: Record<string, string> = $state({})
  /** What came of the last move. */
  said = $state('')
  trouble = $state('')
  busy = $state(false)
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
    this.list = new Loaded(() => api.get('/api/tasks'))
  }

  /** Reads the list again and again until the returned function is called. */
  watch(): () => void {
    return this.list.poll(POLL_SECONDS)
  }

  async take(id: string): Promise<void> {
    if (await this.#move(() => this.#api.post('/api/tasks/{id}/take', { path: { id } }), 'You do this one.')) this.open = id
  }

  async giveBack(id: string): Promise<void> {
    const done = await this.#move(() => this.#api.post('/api/tasks/{id}/give-back', { path: { id } }), 'Given back.')
    if (done && this.open === id) this.open = null
  }

  async done(id: string): Promise<void> {
    const outcome = (this.outcomes[id] ?? '').trim()
    const has_it = (this.reached[id] ?? '').trim()
    const send = () => this.#api.post('/api/tasks/{id}/done', { path: { id }, body: { outcome, has_it } })
    if (!(await this.#move(send, 'Done. The business sees what came of it.'))) return
    delete this.outcomes[id]
    delete this.reached[id]
    if (this.open === id) this.open = null
  }

  async #move(send: () => Promise<unknown>, said: string): Promise<boolean> {
    this.busy = true
    this.said = this.trouble = ''
    try {
      await send()
      this.said = said
      return true
    } catch (error) {
      this.trouble = sentenceOf(error)
      return false
    } finally {
      await this.list.load()
      this.busy = false
    }
  }
}

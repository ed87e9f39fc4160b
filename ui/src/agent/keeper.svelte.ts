import type { Api } from '../api/client'
import { ApiProblem, sentenceOf } from '../api/problem'
import type { Message } from '../api/types'
import { opened, step, unsent, type Contents, type Draft, type DraftEvent, type Kept, type Step, type Unsent } from './draft'

/**
 * Keeps one message's draft: does what `draft.ts` asks for, and saves the message at the end.
 *
 * What is typed and not yet acknowledged also lies in the tab's session storage, so that a reload loses nothing.
 */
export class DraftKeeper {
  /** Null until the server's copy is here. */
  draft = $state.raw<Draft | null>(null)
  /** The message as the server last told it; its status says when it is saved. */
  message = $state.raw<Message | null>(null)
  /** The server's sentences by field, after a refused save. */
  errors = $state.raw<Readonly<Record<string, string>>>({})
  /** Why it could not be loaded or saved, or "". */
  trouble = $state('')
  sending = $state(false)

  readonly #api: Api
  readonly #id: string
  readonly #shelf: string
  #timer: ReturnType<typeof setTimeout> | undefined
  #inFlight: Promise<void> = Promise.resolve()
  #closed = false

  constructor(api: Api, messageId: string) {
    this.#api = api
    this.#id = messageId
    this.#shelf = `draft:${messageId}`
  }

  get saved(): boolean {
    return this.message !== null && this.message.status !== 'draft'
  }

  async load(): Promise<void> {
    this.trouble = ''
    try {
      await this.#read()
    } catch (error) {
      this.trouble = sentenceOf(error)
      if (error instanceof ApiProblem && error.passing) this.#timer = setTimeout(() => void this.load(), 2000)
    }
  }

  edit(contents: Contents): void {
    this.#event({ kind: 'edited', contents })
  }

  clearError(field: string): void {
    if (this.errors[field] === undefined) return
    this.errors = Object.fromEntries(Object.entries(this.errors).filter(([key]) => key !== field))
  }

  takeOther(): void {
    this.#event({ kind: 'take-other' })
  }

  keepMine(): void {
    this.#event({ kind: 'keep-mine' })
  }

  /** Save the message and hand it to the relay. True when it is saved; else `errors` or `trouble` say why not. */
  async save(): Promise<boolean> {
    if (this.sending || this.draft === null || this.saved) return this.saved
    this.sending = true
    this.trouble = ''
    this.errors = {}
    clearTimeout(this.#timer)
    try {
      await this.#inFlight
      if (this.draft.phase === 'conflict') return false
      await this.#save(this.draft)
    } catch (error) {
      await this.#refused(error)
    } finally {
      this.sending = false
    }
    if (!this.saved && this.draft !== null && unsent(this.draft)) this.#wait(0)
    return this.saved
  }

  /** Sends what is left, if anything, and stops the clock. */
  close(): void {
    if (this.draft !== null && !this.sending) this.#event({ kind: 'pause-over' })
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #save(draft: Draft): Promise<void> {
    const saved = await this.#api.post('/api/messages/{id}/save', {
      path: { id: this.#id },
      body: body(draft.revision, draft.current),
    })
    this.#finished(saved)
  }

  async #refused(error: unknown): Promise<void> {
    if (!(error instanceof ApiProblem)) {
      this.trouble = sentenceOf(error)
      return
    }
    if (error.slug === 'answers-wrong') {
      this.errors = error.byField
      return
    }
    this.trouble = error.passing ? `Not sent: ${error.message} Your text is kept; send it again.` : error.message
    if (error.status === 409) await this.#compare()
  }

  async #read(): Promise<void> {
    // Looked at before too: what an editor closed just now still sends may be acknowledged while an older answer to
    // this question is on its way.
    const before = this.#shelved()
    const message = await this.#api.get('/api/messages/{id}', { path: { id: this.#id } })
    if (message.status !== 'draft') this.#finished(message)
    else {
      this.message = message
      this.#take(opened(kept(message), this.#shelved() ?? before))
    }
  }

  /** After a 409: is it saved already, or did somebody else type? */
  async #compare(): Promise<void> {
    try {
      const message = await this.#api.get('/api/messages/{id}', { path: { id: this.#id } })
      if (message.status !== 'draft') this.#finished(message)
      else this.#event({ kind: 'refused-as-stale', server: kept(message), at: Date.now() })
      this.trouble = ''
    } catch (error) {
      this.trouble = sentenceOf(error)
      this.#event({ kind: 'failed' })
    }
  }

  async #put(revision: number, contents: Contents): Promise<void> {
    try {
      const answer = await this.#api.put('/api/messages/{id}/draft', {
        path: { id: this.#id },
        body: body(revision, contents),
      })
      this.#event({ kind: 'acknowledged', revision: answer.revision, at: Date.now() })
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 409) await this.#compare()
      else this.#event({ kind: 'failed' })
    }
  }

  #event(event: DraftEvent): void {
    if (this.draft !== null) this.#take(step(this.draft, event))
  }

  #take([draft, effects]: Step): void {
    this.draft = draft
    this.#shelve(draft)
    for (const effect of effects) {
      switch (effect.kind) {
        case 'put':
          this.#inFlight = this.#put(effect.revision, effect.contents)
          break
        case 'wait':
          this.#wait(effect.milliseconds)
      }
    }
  }

  #wait(milliseconds: number): void {
    clearTimeout(this.#timer)
    if (this.sending) return
    if (this.#closed) {
      // Nobody types any more: what came after the last sending goes at once, and what fails waits in the storage.
      if (this.draft?.phase === 'edited') this.#event({ kind: 'pause-over' })
      return
    }
    this.#timer = setTimeout(() => this.#event({ kind: 'pause-over' }), milliseconds)
  }

  #finished(message: Message): void {
    this.message = message
    this.trouble = ''
    this.#event({ kind: 'closed' })
    sessionStorage.removeItem(this.#shelf)
  }

  #shelve(draft: Draft): void {
    if (unsent(draft)) {
      const copy: Unsent = { revision: draft.revision, contents: draft.current, sent: draft.sent }
      sessionStorage.setItem(this.#shelf, JSON.stringify(copy))
    } else sessionStorage.removeItem(this.#shelf)
  }

  #shelved(): Unsent | null {
    const text = sessionStorage.getItem(this.#shelf)
    return text === null ? null : (JSON.parse(text) as Unsent)
  }
}

function kept(message: Message): Kept {
  const { revision, answers, name_said_as: nameSaidAs, urgency } = message
  return { revision, contents: { answers, nameSaidAs, urgency } }
}

function body(revision: number, { answers, nameSaidAs, urgency }: Contents) {
  return { revision, answers, name_said_as: nameSaidAs, urgency: urgency as Message['urgency'] }
}

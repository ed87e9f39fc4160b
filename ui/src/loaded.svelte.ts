import { sentenceOf } from './api/problem'

/** Something read from the service: what came last, and why the last reading failed. */
export class Loaded<T> {
  value = $state.raw<T | null>(null)
  trouble = $state('')
  readonly #read: () => Promise<T>
  #latest = 0

  /** Reads nothing before `load`. */
  constructor(read: () => Promise<T>) {
    this.#read = read
  }

  /** Read (again). An answer that a later reading has overtaken is dropped. */
  async load(): Promise<void> {
    const mine = ++this.#latest
    try {
      const value = await this.#read()
      if (mine !== this.#latest) return
      this.value = value
      this.trouble = ''
    } catch (error) {
      if (mine === this.#latest) this.trouble = sentenceOf(error)
    }
  }

  /** Load now and every `seconds` while the page is looked at, until the returned function is called. */
  poll(seconds: number): () => void {
    void this.load()
    const timer = setInterval(() => {
      if (!document.hidden) void this.load()
    }, seconds * 1000)
    return () => clearInterval(timer)
  }
}

interface Slice<T> {
  readonly items: readonly T[]
  readonly next_cursor: string
}

/** A list read slice by slice. */
export class Paged<T> {
  items = $state.raw<readonly T[] | null>(null)
  more = $state(false)
  busy = $state(false)
  trouble = $state('')
  readonly #read: (cursor: string) => Promise<Slice<T>>
  #cursor = ''
  #latest = 0

  constructor(read: (cursor: string) => Promise<Slice<T>>) {
    this.#read = read
  }

  /** Read the list from its beginning. */
  load(): Promise<void> {
    return this.#next('', [])
  }

  /** Read the next slice behind what is there. */
  loadMore(): Promise<void> {
    return this.#next(this.#cursor, this.items ?? [])
  }

  async #next(cursor: string, before: readonly T[]): Promise<void> {
    const mine = ++this.#latest
    this.busy = true
    try {
      const slice = await this.#read(cursor)
      if (mine !== this.#latest) return
      this.items = [...before, ...slice.items]
      this.#cursor = slice.next_cursor
      this.more = slice.next_cursor !== ''
      this.trouble = ''
    } catch (error) {
      if (mine === this.#latest) this.trouble = sentenceOf(error)
    } finally {
      if (mine === this.#latest) this.busy = false
    }
  }
}

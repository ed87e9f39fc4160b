import { sentenceOf } from './api/problem'
import { joined, type Slice } from './slices'

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
    return this.#next('', (slice) => slice)
  }

  /** Read the next slice behind what is there. */
  loadMore(): Promise<void> {
    const before = this.items ?? []
    return this.#next(this.#cursor, (slice) => ({ ...slice, items: [...before, ...slice.items] }))
  }

  /**
   * Read the first slice again and keep the older ones that were read. `same` knows an item in its old and new state.
   * Does nothing while something else is being read.
   */
  async refresh(same: (one: T, other: T) => boolean): Promise<void> {
    if (this.busy || this.items === null) return
    const before = { items: this.items, next_cursor: this.#cursor }
    await this.#next('', (slice) => joined(slice, before, same))
  }

  async #next(cursor: string, join: (slice: Slice<T>) => Slice<T>): Promise<void> {
    const mine = ++this.#latest
    this.busy = true
    try {
      const slice = join(await this.#read(cursor))
      if (mine !== this.#latest) return
      this.items = slice.items
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

/** The page's address as state: plain paths, no hash, links are ordinary links. */

export class Router {
  path = $state(location.pathname)
  query = $state.raw(new URLSearchParams(location.search))
  /** What a page asks before it is left with work in it that would be lost; "" lets it go. */
  guard = ''
  #here = location.href

  constructor() {
    addEventListener('popstate', () => {
      if (this.#mayLeave()) this.#read()
      else history.pushState(null, '', this.#here)
    })
    addEventListener('beforeunload', (event) => {
      if (this.guard !== '') event.preventDefault()
    })
    document.addEventListener('click', (event) => this.#follow(event))
  }

  /** Go to a path of this application; `replace` leaves no entry to go back to. */
  go(path: string, options: { replace?: boolean } = {}): void {
    if (!this.#mayLeave()) return
    if (options.replace) history.replaceState(null, '', path)
    else history.pushState(null, '', path)
    this.#read()
    scrollTo(0, 0)
  }

  #mayLeave(): boolean {
    if (this.guard !== '' && !confirm(this.guard)) return false
    this.guard = ''
    return true
  }

  #read(): void {
    this.#here = location.href
    this.path = location.pathname
    this.query = new URLSearchParams(location.search)
  }

  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || link.target || link.hasAttribute('download') || link.origin !== location.origin) return
    if (link.pathname.startsWith('/api/')) return // a download
    event.preventDefault()
    const place = link.hash === '' ? null : document.getElementById(link.hash.slice(1))
    if (place === null) this.go(link.pathname + link.search)
    else {
      place.scrollIntoView()
      place.focus({ preventScroll: true }) // the address stays: it is no page of its own
    }
  }
}

/** The time, twice a second, for what counts up or down on the screen. Milliseconds since 1970. */
export class Ticker {
  now = $state(Date.now())

  /** Runs until the returned function is called: `$effect(() => ticker.run())`. */
  run(): () => void {
    const timer = setInterval(() => (this.now = Date.now()), 500)
    return () => clearInterval(timer)
  }
}

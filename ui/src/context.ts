import { createContext } from 'svelte'
import type { AgentConsole } from './agent/console.svelte'
import type { Api } from './api/client'
import type { Me } from './api/types'
import type { Router } from './router.svelte'

/** What every page is given: made once per sign-in by `SignedIn.svelte`. */
export interface App {
  readonly api: Api
  readonly router: Router
  readonly me: Me
  readonly console: AgentConsole
}

export const [getApp, setApp] = createContext<App>()

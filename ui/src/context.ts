import { createContext } from 'svelte'
import type { AgentConsole } from './agent/console.svelte'
import type { TaskDesk } from './agent/task_desk.svelte'
import type { Api } from './api/client'
import type { Me } from './api/types'
import type { Router } from './router.svelte'

/** What every page is given: made once per sign-in by `SignedIn.svelte`. */
export interface App {
  readonly api: Api
  readonly router: Router
  readonly me: Me
  readonly console: AgentConsole
  readonly tasks: TaskDesk
}

export const [getApp, setApp] = createContext<App>()

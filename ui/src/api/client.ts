/** The service's API, typed by its own description (`schema.ts` is generated from `/openapi.json`). */

import { ApiProblem, type ProblemBody } from './problem'
import type { paths } from './schema'

type Method = 'get' | 'post' | 'put' | 'delete'
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>
type PathsWith<M extends Method> = {
  [P in keyof paths]: [Operation<P, M>] extends [never] ? never : P
}[keyof paths]

type Json<C> = C extends { content: { 'application/json': infer T } } ? T : undefined
type Success<O> = O extends { responses: infer R }
  ? R extends { 200: infer S }
    ? Json<S>
    : R extends { 201: infer S }
      ? Json<S>
      : undefined
  : never
type Body<O> = O extends { requestBody?: { content: infer C } }
  ? C extends { 'application/json': infer B }
    ? B
    : never
  : never

interface Options<O> {
  readonly path?: O extends { parameters: { path: infer P } } ? P : never
  readonly query?: O extends { parameters: { query?: infer Q } } ? Q : never
  readonly body?: Body<O>
  readonly signal?: AbortSignal
}

const DEADLINE_MS = 15_000

export class Api {
  readonly #signedOut: () => void

  /** `signedOut` is told when the service no longer knows this session. */
  constructor(signedOut: () => void) {
    this.#signedOut = signedOut
  }

  /** Raises ApiProblem, like all below. */
  get<P extends PathsWith<'get'>>(path: P, options: Options<Operation<P, 'get'>> = {}) {
    return this.#json<Success<Operation<P, 'get'>>>('GET', path, options)
  }

  post<P extends PathsWith<'post'>>(path: P, options: Options<Operation<P, 'post'>> = {}) {
    return this.#json<Success<Operation<P, 'post'>>>('POST', path, options)
  }

  put<P extends PathsWith<'put'>>(path: P, options: Options<Operation<P, 'put'>> = {}) {
    return this.#json<Success<Operation<P, 'put'>>>('PUT', path, options)
  }

  delete<P extends PathsWith<'delete'>>(path: P, options: Options<Operation<P, 'delete'>> = {}) {
    return this.#json<Success<Operation<P, 'delete'>>>('DELETE', path, options)
  }

  /** An answer that is not JSON, or a request body that is not: the caller reads and writes it. */
  async raw(method: string, address: string, init: RequestInit = {}, deadlineMs = DEADLINE_MS): Promise<Response> {
    const deadline = AbortSignal.timeout(deadlineMs)
    const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline
    let response: Response
    try {
      response = await fetch(address, { ...init, method, signal, credentials: 'same-origin' })
    } catch {
      throw new ApiProblem(0, {})
    }
    if (response.ok) return response
    if (response.status === 401 && address !== '/api/session') this.#signedOut()
    throw new ApiProblem(response.status, await problemBody(response))
  }

  async #json<T>(method: string, path: string, options: Options<unknown>): Promise<T> {
    const { body, signal } = options
    const init: RequestInit = { headers: { Accept: 'application/json' } }
    if (body !== undefined) {
      init.body = JSON.stringify(body)
      init.headers = { Accept: 'application/json', 'Content-Type': 'application/json' }
    }
    if (signal !== undefined) init.signal = signal
    const response = await this.raw(method, address(path, options.path, options.query), init)
    const text = await response.text()
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
}

/** `/api/messages/{id}` with its values put in and the query behind it; absent values are left out. */
export function address(path: string, values: unknown = {}, query: unknown = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((values as Record<string, unknown>)[name])),
  )
  const entries = Object.entries(query as Record<string, unknown>).filter(([, value]) => value !== undefined && value !== '')
  const search = new URLSearchParams(entries.map(([key, value]) => [key, String(value)])).toString()
  return search === '' ? filled : `${filled}?${search}`
}

async function problemBody(response: Response): Promise<ProblemBody> {
  try {
    const body: unknown = await response.json()
    return typeof body === 'object' && body !== null ? (body as ProblemBody) : {}
  } catch {
    return {}
  }
}

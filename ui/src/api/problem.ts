/** What the service says when it refuses (RFC 9457), and what we say when it cannot be reached. */

export interface ProblemBody {
  readonly type?: string
  readonly title?: string
  readonly detail?: string
  readonly errors?: unknown
}

/** A refusal. `slug` is the last part of the problem's `type`; `status` is 0 when there was no answer at all. */
export class ApiProblem extends Error {
  readonly status: number
  readonly slug: string
  readonly body: ProblemBody

  constructor(status: number, body: ProblemBody) {
    super(body.detail || body.title || wordsFor(status))
    this.status = status
    this.slug = body.type?.split('/').at(-1) ?? ''
    this.body = body
  }

  /** True when trying the same again later may work. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }

  /** A 422's sentences by field. */
  get byField(): Readonly<Record<string, string>> {
    const errors = this.body.errors
    if (typeof errors !== 'object' || errors === null || Array.isArray(errors)) return {}
    return Object.fromEntries(Object.entries(errors).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  }
}

/** Any error as a sentence for the screen. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiProblem) return error.message
  return 'Something went wrong in this page. Reload it and try again.'
}

function wordsFor(status: number): string {
  switch (status) {
    case 0:
      return 'The service cannot be reached. Check your connection.'
    case 401:
      return 'You are signed out. Sign in again.'
    case 403:
      return 'You may not do this.'
    case 404:
      return 'There is no such thing here (any more).'
    case 429:
      return 'Too many attempts. Wait a moment and try again.'
    default:
      return status >= 500 ? 'The service has a problem. Try again in a moment.' : 'The service refused this.'
  }
}

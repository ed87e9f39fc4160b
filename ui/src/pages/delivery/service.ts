/** What the page for delivery asks of the service. */

import type { Api } from '../../api/client'
import type { ChannelName, DeliveryPolicy, PolicyCheck, Sections, Urgency, Way, WhoAnswer } from './shapes'

export interface Question {
  /** Wall time at the business like 2026-11-26T02:30; "" is now. */
  readonly wall: string
  readonly form: string
  readonly urgency: Urgency
  readonly draft: Sections | null
}

/** One business's. All raise ApiProblem. */
export class DeliveryService {
  readonly #api: Api
  readonly #path: { readonly id: string }

  constructor(api: Api, business: string) {
    this.#api = api
    this.#path = { id: business }
  }

  read(): Promise<DeliveryPolicy> {
    return this.#api.get('/api/businesses/{id}/delivery', { path: this.#path })
  }

  save(version: number, sections: Sections): Promise<DeliveryPolicy> {
    return this.#api.put('/api/businesses/{id}/delivery', { path: this.#path, body: { plan_version: version, ...sections } })
  }

  check(sections: Sections): Promise<PolicyCheck> {
    return this.#api.post('/api/businesses/{id}/delivery/check', { path: this.#path, body: sections })
  }

  who({ wall, form, urgency, draft }: Question): Promise<WhoAnswer> {
    return this.#api.post('/api/businesses/{id}/who', { path: this.#path, body: { at: null, wall: wall || null, form, urgency, draft } })
  }

  sendCode(key: string, channel: ChannelName): Promise<unknown> {
    return this.#api.post('/api/businesses/{id}/contacts/{key}/code', { path: { ...this.#path, key }, body: { channel } })
  }

  enterCode(key: string, channel: ChannelName, code: string): Promise<Way> {
    return this.#api.put('/api/businesses/{id}/contacts/{key}/code', { path: { ...this.#path, key }, body: { channel, code } })
  }

  /** It is theirs, on one's own word. */
  vouch(key: string, channel: ChannelName): Promise<Way> {
    return this.#api.post('/api/businesses/{id}/contacts/{key}/vouch', { path: { ...this.#path, key }, body: { channel } })
  }

  unflag(key: string, channel: ChannelName): Promise<Way> {
    return this.#api.delete('/api/businesses/{id}/contacts/{key}/flag', { path: { ...this.#path, key }, query: { channel } })
  }

  newSecret(key: string): Promise<{ readonly secret: string }> {
    return this.#api.post('/api/businesses/{id}/contacts/{key}/webhook-secret', { path: { ...this.#path, key } })
  }
}

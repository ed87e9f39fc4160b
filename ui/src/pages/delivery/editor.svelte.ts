import { ApiProblem, sentenceOf } from '../../api/problem'
import { timeOfDay } from '../../format'
import { Loaded } from '../../loaded.svelte'
import { draftOf, keyFor, moved, newRota, newRule, same, sectionsOf, type Draft, type DraftContact } from './draft'
import { problemsFrom, problemsIn, type Problem } from './problems'
import type { DeliveryService } from './service'
import type { DeliveryPolicy, ExampleText, PolicyCheck, RuleJson, Sections } from './shapes'
import { targets, titleOf, unfinished } from './words'

const EMPTY: Draft = { contacts: [], rotas: [], deliver: [], abandoned: null }
const CONFLICT = 'Somebody else has changed this meanwhile. Note what you changed, load the page again and put it in anew.'

/** What a rule is known to do, and the texts it would send. */
export interface Explained {
  readonly words: readonly string[]
  readonly texts: readonly ExampleText[]
}

/** One business's delivery rules, contacts and rotas while somebody edits them: as saved, as changed, what is wrong. */
export class PolicyEditor {
  readonly policy: Loaded<DeliveryPolicy>
  draft = $state<Draft>(EMPTY)
  busy = $state(false)
  /** Why the last attempt to save failed. */
  trouble = $state('')
  /** What was done last, until something is changed again. */
  done = $state('')
  #saved = $state.raw<Draft>(EMPTY)
  #checked = $state.raw<PolicyCheck | null>(null)
  /** Problems are shown from the first attempt to save on. */
  #judged = $state(false)
  #refused = $state.raw<readonly Problem[]>([])
  /** What rules are known to do, by what they say. */
  #explained = $state.raw<ReadonlyMap<string, Explained>>(new Map())
  #latest = 0
  readonly #service: DeliveryService

  readonly sections: Sections = $derived(sectionsOf(this.draft))
  readonly changed = $derived(!same(this.draft, this.#saved))
  readonly complete = $derived(this.draft.deliver.every((rule) => unfinished(rule) === ''))
  readonly targets = $derived(targets(this.draft, false))
  readonly titles = $derived.by(() => {
    const forms = new Map(this.policy.value?.forms.map((each) => [each.key, each.title]))
    return this.draft.deliver.map((rule) => titleOf(rule, forms))
  })
  readonly problems: readonly Problem[] = $derived.by(() => {
    if (!this.#judged) return []
    return this.#checked === null ? this.#refused : problemsFrom(this.#checked.problems)
  })

  constructor(service: DeliveryService) {
    this.#service = service
    this.policy = new Loaded(() => service.read())
  }

  async load(): Promise<void> {
    await this.policy.load()
    if (this.policy.value !== null && this.policy.trouble === '') this.#start(this.policy.value)
  }

  /** Ask what is wrong with the draft and what it would do. */
  async check(asked: Sections): Promise<void> {
    const mine = ++this.#latest
    try {
      const found = await this.#service.check(asked)
      if (mine !== this.#latest) return
      this.#checked = found
      if (found.problems.length === 0) this.#explain(asked.deliver, found)
    } catch {
      if (mine === this.#latest) this.#checked = null // saving says what is wrong
    }
  }

  /** Whether it is saved; if not, `trouble` and `problems` say why. */
  async save(): Promise<boolean> {
    if (this.busy || this.policy.value === null) return false
    this.busy = true
    this.trouble = this.done = ''
    this.#judged = true
    try {
      const now = await this.#service.save(this.policy.value.plan_version, this.sections)
      this.policy.value = now
      this.#start(now)
      this.done = `Saved ${timeOfDay(Date.now()).slice(0, 5)}. It holds from the next message on.`
      return true
    } catch (error) {
      this.#refused = problemsIn(error)
      this.trouble = error instanceof ApiProblem && error.slug === 'conflict' ? CONFLICT : sentenceOf(error)
      const count = this.#refused.length
      if (count > 0) {
        this.#checked = null
        this.trouble = count === 1 ? 'Not saved: one thing has to be put right first.' : `Not saved: ${count} things have to be put right first.`
      }
      return false
    } finally {
      this.busy = false
    }
  }

  undo(): void {
    if (this.policy.value !== null) this.#start(this.policy.value)
    this.done = 'Your changes are undone.'
  }

  /** Codes and flags are not part of the draft: they hold at once. */
  async refresh(): Promise<void> {
    const now = await this.#service.read()
    if (this.policy.value !== null) this.policy.value = { ...this.policy.value, contacts: now.contacts }
  }

  explainedAt(index: number): Explained | null {
    return this.#explained.get(JSON.stringify(this.sections.deliver[index])) ?? null
  }

  /** The new rule's id. */
  addRule(): number {
    const rule = newRule()
    this.draft.deliver.push(rule)
    return rule.id
  }

  moveRule(id: number, by: number): void {
    const index = this.draft.deliver.findIndex((rule) => rule.id === id)
    this.draft.deliver = moved(this.draft.deliver, index, by)
  }

  removeRule(id: number): void {
    this.draft.deliver = this.draft.deliver.filter((rule) => rule.id !== id)
  }

  /** Add a contact, or change the one with its key. */
  putContact(contact: DraftContact): void {
    const index = this.draft.contacts.findIndex((each) => each.key === contact.key)
    if (index < 0) this.draft.contacts.push(contact)
    else this.draft.contacts[index] = contact
  }

  removeContact(key: string): void {
    this.draft.contacts = this.draft.contacts.filter((each) => each.key !== key)
  }

  addRota(): void {
    const taken = [...this.draft.contacts.map(({ key }) => key), ...this.draft.rotas.map(({ key }) => key)]
    const name = this.draft.rotas.length === 0 ? 'On call' : `On call ${this.draft.rotas.length + 1}`
    this.draft.rotas.push(newRota(keyFor(name, taken), name, this.draft.contacts[0]?.key ?? ''))
  }

  removeRota(key: string): void {
    this.draft.rotas = this.draft.rotas.filter((each) => each.key !== key)
  }

  #start(from: DeliveryPolicy): void {
    this.draft = draftOf(from)
    this.#saved = draftOf(from)
    this.#checked = null
    this.#refused = []
    this.#judged = false
    this.trouble = ''
    this.#explain(sectionsOf(this.#saved).deliver, { words: from.words, texts: [] })
  }

  #explain(rules: readonly RuleJson[], { words, texts }: Pick<PolicyCheck, 'words' | 'texts'>): void {
    const told = (rule: number) => ({ words: words[rule] ?? [], texts: texts.filter((text) => text.rule === rule) })
    const known = rules.map((rule, index) => [JSON.stringify(rule), told(index)] as const)
    this.#explained = new Map([...this.#explained, ...known])
  }
}

import { afterEach, expect, test, vi } from 'vitest'
import { DraftKeeper } from '../src/agent/keeper.svelte'
import type { Api } from '../src/api/client'

afterEach(() => vi.unstubAllGlobals())

/** A service that is asked for a draft and answers when the test says so. */
function slowService(): { readonly api: Api; answer: (revision: number, name: string) => void } {
  let asked: (message: object) => void = () => undefined
  const api = {
    get: () => new Promise((resolve) => (asked = resolve)),
    put: () => Promise.resolve({ revision: 2 }),
  } as unknown as Api
  const answer = (revision: number, name: string): void =>
    asked({ status: 'draft', revision, answers: { name }, name_said_as: '', urgency: 'normal' })
  return { api, answer }
}

test("an editor's last words stay when the next one is answered with what was there before them", async () => {
  const shelf = new Map<string, string>()
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => shelf.get(key) ?? null,
    setItem: (key: string, text: string) => shelf.set(key, text),
    removeItem: (key: string) => shelf.delete(key),
  })
  const { api, answer } = slowService()
  const first = new DraftKeeper(api, 'm1')
  const opening = first.load()
  answer(1, '')
  await opening
  first.edit({ answers: { name: 'Short Caller' }, nameSaidAs: '', urgency: 'normal' })

  const second = new DraftKeeper(api, 'm1')
  const reopening = second.load()
  first.close()
  await vi.waitFor(() => expect(shelf.size).toBe(0))
  answer(1, '')
  await reopening
  expect(second.draft?.current.answers).toEqual({ name: 'Short Caller' })
  second.close()
})

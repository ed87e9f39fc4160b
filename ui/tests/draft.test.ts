import { describe, expect, it } from 'vitest'
import { opened, step, unsent, PAUSE_MS, type Contents, type Draft, type DraftEvent, type Kept, type Step, type Unsent } from '../src/agent/draft'

const typed = (reason: string): Contents => ({ answers: { reason }, nameSaidAs: '', urgency: 'normal' })
const left = (revision: number, reason: string, sent: string | null = null): Unsent => ({
  ...server(revision, reason),
  sent: sent === null ? null : typed(sent),
})
const server = (revision: number, reason = ''): Kept => ({ revision, contents: typed(reason) })

function run(draft: Draft, ...events: DraftEvent[]): Step {
  return events.reduce<Step>(([now], event) => step(now, event), [draft, []])
}

const edit = (reason: string): DraftEvent => ({ kind: 'edited', contents: typed(reason) })
const pauseOver: DraftEvent = { kind: 'pause-over' }
const acknowledged = (revision: number): DraftEvent => ({ kind: 'acknowledged', revision, at: 1000 })
const fresh = () => opened(server(0))[0]

describe('a draft', () => {
  it('is sent once, after a pause in typing, with the revision it was read with', () => {
    const [waiting, effects] = run(fresh(), edit('l'), edit('le'), edit('leak'))
    expect(effects).toEqual([{ kind: 'wait', milliseconds: PAUSE_MS }])
    expect(run(waiting, pauseOver)[1]).toEqual([{ kind: 'put', revision: 0, contents: typed('leak') }])
  })

  it('sends what was typed while it was on its way', () => {
    const [saving] = run(fresh(), edit('leak'), pauseOver)
    expect(run(saving, edit('leak in'))[1]).toEqual([])
    const [again, effects] = run(saving, edit('leak in'), acknowledged(1))
    expect(again.phase).toBe('edited')
    expect(effects).toEqual([{ kind: 'wait', milliseconds: PAUSE_MS }])
    expect(run(again, pauseOver)[1]).toEqual([{ kind: 'put', revision: 1, contents: typed('leak in') }])
  })

  it('says when the server has it', () => {
    const [kept] = run(fresh(), edit('leak'), pauseOver, acknowledged(1))
    expect(kept).toMatchObject({ phase: 'kept', revision: 1, keptAt: 1000 })
    expect(unsent(kept)).toBe(false)
  })

  it('tries again and again after failures, waiting longer each time but never for ever', () => {
    let draft = run(fresh(), edit('leak'))[0]
    const waits: number[] = []
    for (let attempt = 0; attempt < 8; attempt++) {
      const [failed, effects] = run(draft, pauseOver, { kind: 'failed' })
      for (const effect of effects) if (effect.kind === 'wait') waits.push(effect.milliseconds)
      draft = failed
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000])
    expect(draft.current).toEqual(typed('leak'))
    expect(run(draft, pauseOver, acknowledged(1))[0]).toMatchObject({ phase: 'kept', failures: 0 })
  })

  it('takes its own lost acknowledgement for what it is', () => {
    const [draft] = run(fresh(), edit('leak'), pauseOver, {
      kind: 'refused-as-stale',
      server: server(1, 'leak'),
      at: 2000,
    })
    expect(draft).toMatchObject({ phase: 'kept', revision: 1, keptAt: 2000 })
  })

  describe('that somebody else changed', () => {
    const conflict = () =>
      run(fresh(), edit('mine'), pauseOver, { kind: 'refused-as-stale', server: server(4, 'theirs'), at: 2000 })[0]

    it('stops sending until the agent has chosen', () => {
      expect(conflict()).toMatchObject({ phase: 'conflict', current: typed('mine') })
      expect(run(conflict(), pauseOver)[1]).toEqual([])
      expect(run(conflict(), edit('mine too'))[1]).toEqual([])
    })

    it('shows the other version when asked to', () => {
      expect(run(conflict(), { kind: 'take-other' })[0]).toMatchObject({
        phase: 'kept',
        revision: 4,
        current: typed('theirs'),
        other: null,
      })
    })

    it('replaces the other version when asked to', () => {
      expect(run(conflict(), { kind: 'keep-mine' })[1]).toEqual([{ kind: 'put', revision: 4, contents: typed('mine') }])
    })
  })

  it('goes on from what a reload interrupted', () => {
    const [draft, effects] = opened(server(3, 'old'), left(3, 'typed before the reload'))
    expect(draft).toMatchObject({ phase: 'edited', current: typed('typed before the reload') })
    expect(effects).toEqual([{ kind: 'wait', milliseconds: PAUSE_MS }])
  })

  it('knows its own last sending again after a reload', () => {
    const [draft] = opened(server(4, 'sent'), left(3, 'sent and more', 'sent'))
    expect(draft).toMatchObject({ phase: 'edited', revision: 4, current: typed('sent and more') })
  })

  it('asks when the server moved on during a reload', () => {
    const [draft] = opened(server(5, 'theirs'), left(3, 'mine', 'min'))
    expect(draft).toMatchObject({ phase: 'conflict', current: typed('mine'), other: server(5, 'theirs') })
  })

  it('needs nothing when the server got it before the reload', () => {
    expect(opened(server(4, 'same'), left(3, 'same'))[0].phase).toBe('kept')
  })

  it('is silent once it is closed', () => {
    const [closed] = run(fresh(), edit('leak'), { kind: 'closed' })
    expect(run(closed, edit('more'), pauseOver)).toEqual([closed, []])
  })

  it('never loses the last thing typed, whatever the order of answers', () => {
    const events: DraftEvent[] = [pauseOver, acknowledged(1), { kind: 'failed' }, edit('last')]
    const orders = permutations(events)
    for (const order of orders) {
      let [draft] = run(fresh(), edit('first'), ...order)
      // Whatever happened, two more rounds of pause and answer bring it home.
      for (const revision of [7, 8]) [draft] = run(draft, pauseOver, acknowledged(revision))
      expect(draft.phase).toBe('kept')
      expect(draft.current).toEqual(typed('last'))
    }
    expect(orders).toHaveLength(24)
  })
})

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  )
}

import { describe, expect, it } from 'vitest'
import { eventsOf } from './eventChannel.ts'

async function collect(stream: AsyncIterable<number>): Promise<number[]> {
  const events: number[] = []
  for await (const event of stream) events.push(event)
  return events
}

const moment = () => new Promise((resolve) => setTimeout(resolve, 1))

describe('work that reports by calling back', () => {
  it('becomes a stream of its reports, in order, whether the reader is fast or slow', async () => {
    const work = async (emit: (event: number) => void) => {
      emit(1)
      await moment()
      emit(2)
      emit(3)
    }
    expect(await collect(eventsOf(work))).toEqual([1, 2, 3])
    const slow: number[] = []
    for await (const event of eventsOf(work)) {
      slow.push(event)
      await moment()
      await moment()
    }
    expect(slow).toEqual([1, 2, 3])
  })

  it('hands its failure on after what it had reported', async () => {
    const seen: number[] = []
    const failing = async () => {
      const stream = eventsOf<number>(async (emit) => {
        emit(1)
        await moment()
        throw new Error('broken')
      })
      for await (const event of stream) seen.push(event)
    }
    await expect(failing()).rejects.toThrow('broken')
    expect(seen).toEqual([1])
  })

  it('ends at once when there is nothing to report', async () => {
    expect(await collect(eventsOf(async () => {}))).toEqual([])
  })
})

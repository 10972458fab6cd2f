/**
 * A thread that encrypts: blocks go over and come back written, in their order. Where no thread can start, the work is done
 * here instead; the caller sees no difference but the time.
 */

import { Worker } from 'node:worker_threads'
import { wipe } from '../../base/bytes.ts'
import { type EncryptedWriter, type EncryptionPlan, startEncryptedWriter } from './encryptedWriter.ts'

/** To the thread. `block` comes back, so that a message of any size needs a handful of them. */
export interface BlockRequest {
  readonly block: Uint8Array<ArrayBuffer>
  /** Bytes of content in the block. */
  readonly length: number
  /** Nothing follows. */
  readonly last: boolean
}

/** From the thread; the first one, when it is ready, is `undefined`. */
export interface BlockReply {
  readonly block: Uint8Array<ArrayBuffer>
  readonly written: Uint8Array<ArrayBuffer>
}

export interface BlockWriter {
  /** What can be written after this block. At most the size of the first block. */
  write(content: readonly Uint8Array[]): Promise<Uint8Array>
  end(): Promise<Uint8Array>
  /** Ends the thread, whatever it does; what was asked for and hasn't come never will. */
  close(): Promise<void>
}

interface Answer {
  readonly resolve: (written: Uint8Array) => void
  readonly reject: (error: unknown) => void
}

interface Asked extends Answer {
  readonly content: readonly Uint8Array[]
  readonly last: boolean
}

/** A small nursery is swept often, and with it go the cipher's buffers: 40 MiB less at the peak. */
const resourceLimits = { maxYoungGenerationSizeMb: 2 }

/** From the sources the thread is the file beside this one, in the bundle a file beside the hosts' folders. */
function threadFile(): URL {
  const name = import.meta.url.endsWith('.ts') ? './encryptionWorker.ts' : '../threads/encryption.js'
  return new URL(name, import.meta.url)
}

export function openEncryptionThread(plan: EncryptionPlan, file: URL = threadFile()): BlockWriter {
  return new EncryptionThread(plan, file)
}

class EncryptionThread implements BlockWriter {
  readonly #plan: EncryptionPlan
  readonly #worker: Worker | undefined
  #state: 'starting' | 'running' | 'here' | 'failed' = 'starting'
  #failure: unknown
  #writer: EncryptedWriter | undefined
  /** Asked for before it is known where the work is done. */
  #early: Asked[] = []
  /** What the thread works on, in its order; the content is in the thread's blocks and no longer held here. */
  #sent: Answer[] = []
  #spare: Uint8Array<ArrayBuffer>[] = []

  constructor(plan: EncryptionPlan, file: URL) {
    this.#plan = plan
    this.#worker = this.#start(file)
    if (!this.#worker) this.#workHere()
  }

  write(content: readonly Uint8Array[]): Promise<Uint8Array> {
    return this.#ask(content, false)
  }

  end(): Promise<Uint8Array> {
    return this.#ask([], true)
  }

  async close(): Promise<void> {
    this.#fail(new Error('closed'))
    wipe(this.#plan.contentKey)
    await this.#worker?.terminate()
  }

  #start(file: URL): Worker | undefined {
    try {
      const worker = new Worker(file, { workerData: this.#plan, name: 'encryption', resourceLimits })
      worker.on('message', (reply: BlockReply | undefined) => (reply ? this.#take(reply) : this.#run()))
      worker.on('error', (error) => (this.#state === 'starting' ? this.#workHere() : this.#fail(error)))
      worker.on('exit', () => this.#fail(new Error('the encryption thread ended')))
      return worker
    } catch {
      // A host without threads.
      return undefined
    }
  }

  #ask(content: readonly Uint8Array[], last: boolean): Promise<Uint8Array> {
    const reply = new Promise<Uint8Array>((resolve, reject) => {
      const asked = { content, last, resolve, reject }
      if (this.#state === 'failed') reject(this.#failure)
      else if (this.#state === 'here') this.#write(asked)
      else {
        this.#worker?.ref()
        if (this.#state === 'running') this.#post(asked)
        else this.#early.push(asked)
      }
    })
    // Replies wait in a queue; one that is never looked at, because an earlier one failed, must not end the process.
    reply.catch(() => undefined)
    return reply
  }

  #run(): void {
    this.#state = 'running'
    wipe(this.#plan.contentKey)
    for (const asked of this.#early.splice(0)) this.#post(asked)
  }

  #workHere(): void {
    this.#state = 'here'
    for (const asked of this.#early.splice(0)) this.#write(asked)
  }

  #write({ content, last, resolve }: Asked): void {
    this.#writer ??= startEncryptedWriter(this.#plan)
    resolve(last ? this.#writer.end() : this.#writer.update(content))
  }

  #post({ content, last, resolve, reject }: Asked): void {
    this.#sent.push({ resolve, reject })
    const length = content.reduce((sum, piece) => sum + piece.length, 0)
    const block = this.#spare.pop() ?? new Uint8Array(length)
    let offset = 0
    for (const piece of content) {
      block.set(piece, offset)
      offset += piece.length
    }
    const request: BlockRequest = { block, length, last }
    this.#worker?.postMessage(request, [block.buffer])
  }

  #take({ block, written }: BlockReply): void {
    this.#spare.push(block)
    this.#sent.shift()?.resolve(written)
    // A stream that nobody reads on must not keep the program from ending.
    if (this.#sent.length === 0) this.#worker?.unref()
  }

  #fail(error: unknown): void {
    if (this.#state === 'here' || this.#state === 'failed') return
    this.#state = 'failed'
    this.#failure = error
    for (const { reject } of [...this.#sent.splice(0), ...this.#early.splice(0)]) reject(error)
  }
}

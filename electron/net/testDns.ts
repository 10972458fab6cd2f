/** For tests: a DNS server on the loopback that answers CAA questions (RFC 1035 §4.1, RFC 8659 §4.1). */

import { createSocket } from 'node:dgram'
import { onTestFinished } from 'vitest'

export type TestCaa = readonly { readonly flags: number; readonly tag: string; readonly value: string }[]

/** Records by name; `refuse` is answered with SERVFAIL, any other name doesn't exist. The result is for `systemDns`. */
export async function testDns(records: Readonly<Record<string, TestCaa | 'refuse'>>): Promise<readonly string[]> {
  const socket = createSocket('udp4')
  socket.on('message', (question, from) => {
    const { name, end } = nameAt(question)
    const found = records[name]
    const answers = found === undefined || found === 'refuse' ? [] : found.map(answerOf)
    const header = Buffer.from(question.subarray(0, 12))
    header.writeUInt16BE(0x8180 | (found === 'refuse' ? 2 : found === undefined ? 3 : 0), 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(answers.length, 6)
    header.writeUInt32BE(0, 8)
    socket.send(Buffer.concat([header, question.subarray(12, end + 4), ...answers]), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    socket.close()
  })
  return [`127.0.0.1:${socket.address().port}`]
}

function nameAt(question: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

function answerOf({ flags, tag, value }: TestCaa[number]): Buffer {
  const content = Buffer.concat([Buffer.from([flags, tag.length]), Buffer.from(tag + value, 'latin1')])
  const fixed = Buffer.alloc(12)
  // A pointer to the question's name, type CAA (257), class IN, one minute.
  fixed.writeUInt16BE(0xc00c, 0)
  fixed.writeUInt16BE(257, 2)
  fixed.writeUInt16BE(1, 4)
  fixed.writeUInt32BE(60, 6)
  fixed.writeUInt16BE(content.length, 10)
  return Buffer.concat([fixed, content])
}

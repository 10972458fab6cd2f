/**
 * The physical limit: what hash, cipher, base64 and disk each take alone for the bytes of one message, on one core, with the
 * platform's own functions and nothing around them.
 */

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { closeSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { release } from '../../electron/base/bytes.ts'

/** Seconds. */
export interface Limit {
  readonly hash: number
  readonly cipher: number
  readonly base64: number
  readonly disk: number
}

const key = Buffer.alloc(32, 1)
const iv = Buffer.alloc(16, 2)
/** Bytes in work at once; they stay in the processor's cache. */
const block = Buffer.alloc(48 * 1_024, 3)
/** Lines of base64 make 78 characters of 57 bytes. */
const inLines = 78 / 57

/** Sealing: the attachment is encoded, hashed, encrypted and encoded again. */
export function sealingLimit(attachment: string, sealed: string): Limit {
  const raw = statSync(attachment).size
  const entity = raw * inLines
  return {
    hash: hashing(entity),
    cipher: encrypting(entity),
    base64: encoding(raw) + encoding(entity),
    disk: seconds(() => {
      readWhole(attachment)
      writeWhole(`${sealed}.limit`, entity * inLines)
    }),
  }
}

/** Opening: the message is decoded, decrypted, kept, and hashed from there. */
export function openingLimit(attachment: string, sealed: string): Limit {
  const entity = statSync(attachment).size * inLines
  return {
    hash: hashing(entity),
    cipher: decrypting(entity),
    base64: decoding(entity),
    disk: seconds(() => {
      readWhole(sealed)
      writeWhole(`${sealed}.limit`, entity)
      readWhole(attachment)
    }),
  }
}

function seconds(work: () => void): number {
  const started = performance.now()
  work()
  return (performance.now() - started) / 1000
}

function repeated(bytes: number, work: () => void): number {
  return seconds(() => {
    for (let done = 0; done < bytes; done += block.length) work()
  })
}

function hashing(bytes: number): number {
  const hash = createHash('sha256')
  return repeated(bytes, () => hash.update(block))
}

function encrypting(bytes: number): number {
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  return repeated(bytes, () => release(cipher.update(block)))
}

function decrypting(bytes: number): number {
  const decipher = createDecipheriv('aes-256-cbc', key, iv)
  return repeated(bytes, () => release(decipher.update(block)))
}

function encoding(bytes: number): number {
  return repeated(bytes, () => block.toString('base64'))
}

/** `bytes` is what comes out. */
function decoding(bytes: number): number {
  const text = block.toString('base64')
  const target = Buffer.alloc(block.length)
  return repeated(bytes, () => target.write(text, 'base64'))
}

const diskBlock = Buffer.alloc(262_144)

function readWhole(file: string): void {
  const descriptor = openSync(file, 'r')
  while (readSync(descriptor, diskBlock) > 0);
  closeSync(descriptor)
}

function writeWhole(file: string, bytes: number): void {
  const descriptor = openSync(file, 'w')
  for (let written = 0; written < bytes; written += diskBlock.length) writeSync(descriptor, diskBlock)
  closeSync(descriptor)
  rmSync(file)
}

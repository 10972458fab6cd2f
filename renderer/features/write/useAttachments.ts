/** Files of a letter: handed over as soon as they are chosen, so that sending doesn't wait for them. */

import { useCallback, useRef, useState } from 'react'
import type { SpooledFile } from '../../../shared/contract/values.ts'
import { useApi } from '../../client/api.ts'
import { failureOf, isAborted, type ShownFailure } from '../../client/failure.ts'
import { handOver } from '../../client/files.ts'

export interface LetterFile {
  readonly key: number
  readonly name: string
  readonly size: number
  readonly sent: number
  readonly spooled?: SpooledFile
  readonly failure?: ShownFailure
}

export function useAttachments(first: readonly SpooledFile[]) {
  const { client } = useApi()
  const count = useRef(first.length)
  const stops = useRef(new Map<number, AbortController>())
  const [files, setFiles] = useState<readonly LetterFile[]>(() => first.map(asLetterFile))

  const change = useCallback((key: number, next: Partial<LetterFile>) => {
    setFiles((before) => before.map((file) => (file.key === key ? { ...file, ...next } : file)))
  }, [])
  const add = useCallback(
    (chosen: readonly File[]) => {
      for (const file of chosen) {
        const key = count.current
        count.current += 1
        const stop = new AbortController()
        stops.current.set(key, stop)
        setFiles((before) => [...before, { key, name: file.name, size: file.size, sent: 0 }])
        handOver(client, file, { signal: stop.signal, onProgress: (sent) => change(key, { sent }) }).then(
          (spooled) => change(key, { spooled, sent: file.size }),
          (error) => {
            if (!isAborted(error)) change(key, { failure: failureOf(error) })
          },
        )
      }
    },
    [client, change],
  )
  const remove = useCallback(
    (file: LetterFile) => {
      stops.current.get(file.key)?.abort()
      if (file.spooled) client.spool.discard({ spoolId: file.spooled.spoolId })
      setFiles((before) => before.filter((one) => one.key !== file.key))
    },
    [client],
  )
  const replace = useCallback((next: readonly SpooledFile[]) => {
    count.current += next.length
    setFiles(next.map((file, index) => ({ ...asLetterFile(file, index), key: count.current + index })))
    count.current += next.length
  }, [])
  const spooled = files.flatMap((file) => (file.spooled ? [file.spooled] : []))
  const underWay = files.some((file) => !file.spooled)
  return { files, spooled, underWay, add, remove, replace }
}

function asLetterFile(file: SpooledFile, key: number): LetterFile {
  return { key, name: file.name, size: file.size, sent: file.size, spooled: file }
}

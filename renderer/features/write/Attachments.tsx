/** The files of a letter with their sizes; a large one shows how far it is. */

import { CloseButton, Progress } from '@mantine/core'
import { IconPaperclip } from '@tabler/icons-react'
import { bytesText } from '../../../shared/words/words.ts'
import { useLanguage, useSay } from '../../client/words.ts'
import { FileButton } from '../../ui/FileButton.tsx'
import type { LetterFile } from './useAttachments.ts'

interface AttachmentsProps {
  readonly files: readonly LetterFile[]
  readonly onAdd: (files: readonly File[]) => void
  readonly onRemove: (file: LetterFile) => void
}

export function Attachments({ files, onAdd, onRemove }: AttachmentsProps) {
  const say = useSay()
  const language = useLanguage()
  const total = files.reduce((sum, file) => sum + file.size, 0)
  return (
    <section className="stack-tight" aria-label={say('write.attachments')}>
      <div className="row">
        <FileButton
          variant="default"
          size="compact-sm"
          multiple
          leftSection={<IconPaperclip size={15} aria-hidden="true" />}
          onFiles={onAdd}
        >
          {say('write.attach')}
        </FileButton>
        <span className="soft small">
          {files.length === 0
            ? say('write.attachHint')
            : say('write.attached', { count: files.length, size: bytesText(language, total) })}
        </span>
      </div>
      {files.length > 0 ? (
        <ul className="attachments">
          {files.map((file) => (
            <li key={file.key} className="attachment">
              <div className="grow">
                <p className="one-line">{file.name}</p>
                <p className={file.failure ? 'small level-bad' : 'soft small'}>
                  {file.failure
                    ? say(`errors.${file.failure.code}.what`, file.failure.data)
                    : bytesText(language, file.size)}
                </p>
                {file.spooled || file.failure ? null : (
                  <Progress
                    size="xs"
                    value={file.size === 0 ? 100 : (file.sent / file.size) * 100}
                    aria-label={say('write.handing', { name: file.name })}
                  />
                )}
              </div>
              <CloseButton
                size="sm"
                aria-label={say('write.removeFile', { name: file.name })}
                onClick={() => onRemove(file)}
              />
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  )
}

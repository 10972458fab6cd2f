/** The band above a mail, outside of anything the mail can draw: picture, one sentence, one next step. */

import { Button } from '@mantine/core'
import type { OpenedMail } from '../../../shared/contract/report.ts'
import { useSay } from '../../client/words.ts'
import { Drawing } from '../../ui/Drawing.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { useVault } from '../vault/useVault.ts'
import { useVaultGate } from '../vault/VaultGate.tsx'
import { verdictWords } from './verdictWords.ts'

interface VerdictBandProps {
  readonly mail: OpenedMail
  /** Sealed by the reader. */
  readonly own: boolean
  readonly reportOpen: boolean
  readonly onReport: () => void
}

export function VerdictBand({ mail, own, reportOpen, onReport }: VerdictBandProps) {
  const say = useSay()
  const vault = useVault()
  const gate = useVaultGate()
  const { level, encryption } = mail.report.verdict
  const words = verdictWords(mail, own, say)
  const locked = encryption === 'no-key' && vault.data?.state === 'locked'
  return (
    <section className={`band band-${level}`} aria-label={say('verdict.label')}>
      <Drawing name={words.drawing} width={92} />
      <div className="grow stack-tight" role="status">
        <Mark level={level}>{locked ? say('verdict.locked') : (words.word ?? say(`verdict.level.${level}`))}</Mark>
        <p className="band-sentence">{locked ? say('verdict.lockedSentence') : words.sentences.join(' ')}</p>
        {words.next === '' || locked ? null : <p className="small">{words.next}</p>}
      </div>
      <div className="stack-tight">
        {locked ? (
          <Button onClick={() => gate.ensureOpen(say('vault.reason.read'))}>{say('vault.unlock')}</Button>
        ) : null}
        <Button variant="default" aria-expanded={reportOpen} onClick={onReport}>
          {reportOpen ? say('verdict.hideReport') : say('verdict.showReport')}
        </Button>
      </div>
    </section>
  )
}

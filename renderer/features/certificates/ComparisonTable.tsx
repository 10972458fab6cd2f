/** The rows of a comparison, the older certificate first: what differs, then what is the same. */

import type { CertificateComparison } from '../../../shared/contract/certificateComparison.ts'
import type { CertificateSummary } from '../../../shared/contract/certificates.ts'
import { dateText } from '../../../shared/words/words.ts'
import { useLanguage, useSay } from '../../client/words.ts'
import { ForeignText } from '../../ui/ForeignText.tsx'
import { Mark } from '../../ui/Mark.tsx'
import { certificateWord } from './certificateWords.ts'

type Row = CertificateComparison['rows'][number]

interface ComparisonTableProps {
  readonly left: CertificateSummary
  readonly right: CertificateSummary
  readonly comparison: CertificateComparison
}

export function ComparisonTable({ left, right, comparison }: ComparisonTableProps) {
  const say = useSay()
  const swapped = comparison.newer === 'left'
  const [before, after] = swapped ? [right, left] : [left, right]
  const ordered = swapped
    ? comparison.rows.map((row) => ({ ...row, left: row.right, right: row.left }))
    : comparison.rows
  const stated = ordered.filter((row) => row.left.length + row.right.length > 0)
  const differing = stated.filter(({ differs }) => differs)
  const names =
    comparison.newer === 'neither'
      ? [say('compare.first'), say('compare.second')]
      : [say('compare.older'), say('compare.newer')]
  const heads = [before, after].map((summary, index) => ({ word: names[index] ?? '', summary }))
  return (
    <>
      <section className="stack-tight">
        <h2>{say('compare.differs')}</h2>
        {differing.length === 0 ? <p>{say('compare.nothingDiffers')}</p> : null}
        {differing.length > 0 ? (
          <Rows caption={say('compare.differs')} heads={heads} rows={differing} sameKey={comparison.sameKey} />
        ) : null}
      </section>
      <section className="stack-tight">
        <h2>{say('compare.stays')}</h2>
        <Rows
          caption={say('compare.stays')}
          heads={[{ word: say('compare.both') }]}
          rows={stated.filter(({ differs }) => !differs)}
          sameKey={comparison.sameKey}
        />
      </section>
    </>
  )
}

interface RowsProps {
  readonly caption: string
  /** Without a summary the word stands over both columns. */
  readonly heads: readonly { readonly word: string; readonly summary?: CertificateSummary | undefined }[]
  readonly rows: readonly Row[]
  readonly sameKey: boolean
}

function Rows({ caption, heads, rows, sameKey }: RowsProps) {
  const say = useSay()
  return (
    <div className="card comparison-card">
      <table className="comparison">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col" className="soft">
              {say('compare.field')}
            </th>
            {heads.map(({ word, summary }) => (
              <th key={word} scope="col" colSpan={summary ? 1 : 2}>
                {word}
                {summary ? (
                  <ForeignText className="comparison-whose soft small">{summary.emails[0] ?? summary.name}</ForeignText>
                ) : null}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.field} ${row.extension?.oid ?? ''}`}>
              <th scope="row">
                {row.extension
                  ? certificateWord(say, 'extension', row.extension.name)
                  : say(`certs.field.${row.field}`)}
                {row.field === 'key' ? (
                  <Mark level={sameKey ? 'good' : 'neutral'}>
                    {sameKey ? say('compare.keySame') : say('compare.keyNew')}
                  </Mark>
                ) : null}
              </th>
              {row.differs ? (
                <>
                  <td>
                    <Values field={row.field} values={row.left} />
                  </td>
                  <td>
                    <Values field={row.field} values={row.right} />
                  </td>
                </>
              ) : (
                <td colSpan={2}>
                  <Values field={row.field} values={row.left} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const hexadecimal: ReadonlySet<Row['field']> = new Set(['issuerKey', 'serial', 'sha256', 'extension'])

function Values({ field, values }: { readonly field: Row['field']; readonly values: readonly string[] }) {
  const say = useSay()
  const language = useLanguage()
  if (values.length === 0) return <span className="soft">{say('compare.absent')}</span>
  return (
    <ul>
      {values.map((value, index) => {
        const isHex = hexadecimal.has(field) || (field === 'key' && index === 1)
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: values never move, and two may be equal
          <li key={index} className={isHex ? 'mono comparison-hex' : undefined}>
            {isHex ? groups(value) : <ForeignText>{shownValue(value)}</ForeignText>}
          </li>
        )
      })}
    </ul>
  )

  function shownValue(value: string): string {
    if (field === 'notBefore' || field === 'notAfter') return dateText(language, new Date(value), 'moment')
    return field === 'keyUsage' ? certificateWord(say, 'usage', value) : value
  }
}

function groups(value: string): string {
  return (
    value
      .toUpperCase()
      .match(/.{1,4}/g)
      ?.join(' ') ?? ''
  )
}

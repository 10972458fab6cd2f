/** Each key of a backup and what it did when it was tried. */

import type { TriedKey } from '../../../shared/contract/backup.ts'
import { shownAddresses } from '../../../shared/shownAddress.ts'
import { useSay } from '../../client/words.ts'
import { ForeignText } from '../../ui/ForeignText.tsx'
import { Mark } from '../../ui/Mark.tsx'

export function TriedKeys({ keys }: { readonly keys: readonly TriedKey[] }) {
  const say = useSay()
  return (
    <ul className="card card-list" aria-label={say('backup.restore.keysTitle')}>
      {keys.map(({ sha256, name, addresses, keyAlgorithm, outcome }) => (
        <li key={sha256} className="list-row list-row-still">
          <div className="grow">
            <p className="one-line">
              <strong>
                <ForeignText>{name}</ForeignText>
              </strong>
            </p>
            {/* In full: letters to each of them would be sealed with this key. */}
            <p className="soft wrap-anywhere">
              {addresses.length > 0 ? (
                <>
                  <ForeignText>{shownAddresses(addresses)}</ForeignText> ·{' '}
                </>
              ) : null}
              {keyAlgorithm}
            </p>
          </div>
          <Mark level={outcome === 'unusable' ? 'bad' : 'good'}>{say(`backup.tried.${outcome}`)}</Mark>
        </li>
      ))}
    </ul>
  )
}

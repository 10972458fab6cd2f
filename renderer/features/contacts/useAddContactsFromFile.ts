/** Takes the certificates of a file into the address book and says what came of it. */

import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useApi } from '../../client/api.ts'
import { sourceOf } from '../../client/files.ts'
import { useSay } from '../../client/words.ts'

export function useAddContactsFromFile() {
  const say = useSay()
  const navigate = useNavigate()
  const { client } = useApi()
  return useMutation({
    mutationFn: async ({ file, contactId }: { readonly file: File; readonly contactId?: string }) =>
      client.contacts.addFromFile({
        source: await sourceOf(client, file),
        fileName: file.name.slice(0, 998),
        ...(contactId === undefined ? {} : { contactId }),
      }),
    onSuccess: ({ contacts, added, known }) => {
      notifications.show({
        message: added > 0 ? say('contacts.added', { count: added }) : say('contacts.allKnown', { count: known }),
        closeButtonProps: { 'aria-label': say('ui.close') },
      })
      const [first] = contacts
      if (first) navigate({ to: '/contacts', search: { id: first.id } })
    },
  })
}

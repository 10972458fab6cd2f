/** Where the window begins: connects, then draws. */

import { QueryClient } from '@tanstack/react-query'
import { setNonce } from 'get-nonce'
import { createRoot } from 'react-dom/client'
import { createApi } from '../client/api.ts'
import { connect } from '../client/connection.ts'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '../ui/tokens.css'
import '../ui/base.css'
import '../ui/frame.css'
import '../ui/mantine.css'
import { Providers } from './Providers.tsx'
import { Start } from './Start.tsx'

// Before anything draws: on the desktop the port may come as soon as the page stands.
const connection = connect(window)
const api = createApi(connection)
const queries = new QueryClient({
  defaultOptions: {
    // Events say what changed; nothing goes stale by itself, and a refusal doesn't change by asking again. The line is
    // local: it answers without the internet, too.
    queries: { networkMode: 'always', staleTime: Number.POSITIVE_INFINITY, retry: false, refetchOnWindowFocus: false },
    mutations: { networkMode: 'always' },
  },
})
// The host writes its nonce into the page; styles made at run time carry it.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
setNonce(nonce)

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <Providers api={api} queries={queries} nonce={nonce}>
      <Start />
    </Providers>,
  )
}

/** The places and their addresses. Each place is loaded when it is first visited, so that the window opens quickly. */

import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { Frame } from './Frame.tsx'

type Search = Record<string, unknown>

/** The named search fields that are short texts; anything else in an address is dropped. */
function texts<Name extends string>(...names: readonly Name[]) {
  return (search: Search): { [Key in Name]?: string } => {
    const kept: { [Key in Name]?: string } = {}
    for (const name of names) {
      const value = search[name]
      if (typeof value === 'string' || typeof value === 'number') kept[name] = String(value).slice(0, 998)
    }
    return kept
  }
}

export function createAppRouter() {
  const root = createRootRoute({ component: Frame })
  const place = () => root
  const routes = [
    createRoute({
      getParentRoute: place,
      path: '/',
      component: lazyRouteComponent(() => import('../features/home/HomePage.tsx'), 'HomePage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/mail',
      validateSearch: texts('account', 'folder', 'uid'),
      component: lazyRouteComponent(() => import('../features/mail/MailPage.tsx'), 'MailPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/outbox',
      component: lazyRouteComponent(() => import('../features/outbox/OutboxPage.tsx'), 'OutboxPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/inspect',
      component: lazyRouteComponent(() => import('../features/mail/InspectPage.tsx'), 'InspectPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/write',
      component: lazyRouteComponent(() => import('../features/write/WritePage.tsx'), 'WritePage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/contacts',
      validateSearch: texts('id'),
      component: lazyRouteComponent(() => import('../features/contacts/ContactsPage.tsx'), 'ContactsPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/certificates',
      validateSearch: texts('identity'),
      component: lazyRouteComponent(() => import('../features/certificates/CertificatesPage.tsx'), 'CertificatesPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/certificate',
      validateSearch: texts('sha256', 'in'),
      component: lazyRouteComponent(() => import('../features/certificates/CertificatePage.tsx'), 'CertificatePage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/compare',
      validateSearch: texts('left', 'leftIn', 'right', 'rightIn'),
      component: lazyRouteComponent(() => import('../features/certificates/ComparePage.tsx'), 'ComparePage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/trust',
      validateSearch: texts('sha256', 'show'),
      component: lazyRouteComponent(() => import('../features/certificates/trust/TrustPage.tsx'), 'TrustPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/enrol',
      validateSearch: texts('id', 'renew'),
      component: lazyRouteComponent(() => import('../features/enrolment/EnrolmentPage.tsx'), 'EnrolmentPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/request',
      validateSearch: texts('id'),
      component: lazyRouteComponent(() => import('../features/enrolment/RequestPage.tsx'), 'RequestPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/ca-accounts',
      component: lazyRouteComponent(() => import('../features/certificates/CaAccountsPage.tsx'), 'CaAccountsPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/import',
      component: lazyRouteComponent(() => import('../features/enrolment/ImportPage.tsx'), 'ImportPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/backup',
      component: lazyRouteComponent(() => import('../features/backup/BackupPage.tsx'), 'BackupPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/restore',
      component: lazyRouteComponent(() => import('../features/backup/RestorePage.tsx'), 'RestorePage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/authority',
      component: lazyRouteComponent(() => import('../features/authority/AuthorityPage.tsx'), 'AuthorityPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/fingerprint',
      validateSearch: texts('authority'),
      component: lazyRouteComponent(() => import('../features/authority/FingerprintPage.tsx'), 'FingerprintPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/transport',
      validateSearch: texts('id'),
      component: lazyRouteComponent(() => import('../features/transport/TransportPage.tsx'), 'TransportPage'),
    }),
    createRoute({
      getParentRoute: place,
      path: '/settings',
      component: lazyRouteComponent(() => import('../features/settings/SettingsPage.tsx'), 'SettingsPage'),
    }),
  ] as const
  return createRouter({ routeTree: root.addChildren(routes), history: createHashHistory(), defaultPendingMs: 300 })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}

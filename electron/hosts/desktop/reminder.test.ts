import { describe, expect, it } from 'vitest'
import { type NotificationCentre, showReminder } from './reminder.ts'

/** An operating system that notes what it was told to show, and on which somebody can click. */
function centre(system: { readonly locale?: string; readonly isSupported?: boolean } = {}) {
  const made: { title?: string; body?: string; visible: boolean; press: (event: 'click' | 'close') => void }[] = []
  const notifications: NotificationCentre = {
    isSupported: () => system.isSupported ?? true,
    locale: () => system.locale ?? 'en-GB',
    create: (options) => {
      const listeners = new Map<string, () => void>()
      const notification = { ...options, visible: false, press: (event: string) => listeners.get(event)?.() }
      made.push(notification)
      return {
        on: (event, then) => listeners.set(event, then),
        show: () => {
          notification.visible = true
        },
      }
    },
  }
  return { made, notifications }
}

const reminder = {
  identityId: 'a',
  kind: 'ends' as const,
  address: 'anna@example.org',
  notAfter: '2026-12-01T00:00:00.000Z',
  stage: 7,
  days: 7,
}

describe('a reminder', () => {
  it('names the address and how many days are left, and a click brings the window', () => {
    const { made, notifications } = centre()
    let clicks = 0
    const onClick = () => {
      clicks += 1
    }
    showReminder(reminder, 'en', onClick, notifications)
    expect(made).toMatchObject([{ visible: true, title: expect.stringContaining('anna@example.org') }])
    expect(made[0]?.body).toMatch(/\b7 days\b/)
    expect(clicks).toBe(0)
    made[0]?.press('click')
    expect(clicks).toBe(1)
    made[0]?.press('close')
    expect(clicks).toBe(1)
  })

  it('counts one day as one, and says of an ended certificate that it has ended', () => {
    const { made, notifications } = centre()
    for (const days of [1, 0, -3]) showReminder({ ...reminder, days }, 'en', () => undefined, notifications)
    const [tomorrow, today, before] = made
    expect(tomorrow?.body).toMatch(/\b(1|One|one) day\b/)
    expect([today?.title, today?.body]).toEqual([before?.title, before?.body])
    expect(today?.title).not.toBe(tomorrow?.title)
    expect(today?.body).not.toMatch(/\d|\{\{/)
  })

  it('says of a revoked one, and of one that its CA wants replaced, what happened and not when it ends', () => {
    const { made, notifications } = centre()
    for (const kind of ['revoked', 'key-compromised', 'wanted', 'ends'] as const) {
      showReminder({ ...reminder, kind }, 'en', () => undefined, notifications)
    }
    expect(new Set(made.map(({ title }) => title)).size).toBe(4)
    expect(made.map(({ body }) => /7|\{\{/.test(body ?? ''))).toEqual([false, false, false, true])
  })

  it('speaks the language of the profile, or the system’s where the profile leaves it to it', () => {
    const german = centre({ locale: 'de-AT' })
    showReminder(reminder, 'system', () => undefined, german.notifications)
    showReminder(reminder, 'en', () => undefined, german.notifications)
    const english = centre({ locale: 'fr' })
    showReminder(reminder, 'system', () => undefined, english.notifications)
    expect(german.made[0]?.body).toMatch(/\b7 Tagen/)
    expect(german.made[1]).toMatchObject({ title: english.made[0]?.title, body: english.made[0]?.body })
  })

  it('is left out where the system shows none', () => {
    const { made, notifications } = centre({ isSupported: false })
    showReminder(reminder, 'en', () => undefined, notifications)
    expect(made).toEqual([])
  })
})

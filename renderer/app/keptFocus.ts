/**
 * Keeps the keyboard's place. What has the focus goes away at every turn: a button that is busy, a row that was removed, a step
 * that was taken, the opener of a dialog. A browser then starts at the top of the page again, and a screen reader falls silent.
 * So the focus goes back to where it was as soon as that can have it, or else to the heading of what stands there now.
 *
 * Where somebody clicks beside everything, the focus goes nowhere on purpose, and stays there.
 */

import { type RefObject, useEffect } from 'react'

const openDialog = '[role="dialog"][aria-modal="true"]'

export function useKeptFocus(frame: RefObject<HTMLElement | null>): void {
  useEffect(() => (frame.current ? keepFocusIn(frame.current) : undefined), [frame])
}

/**
 * Dialogs stand outside of the frame: what was focused before one opened is where the focus goes when it has closed. While one is
 * open, what was busy in it gets the focus back.
 */
function keepFocusIn(frame: HTMLElement): () => void {
  // Somebody was at work before the frame stood, with the first-run cards: what they pressed is gone, and the place is where they come to.
  const place = navigator.userActivation.hasBeenActive ? frame.querySelector('main') : null
  let last: HTMLElement | undefined = place ? document.createElement('button') : undefined
  let inDialog: HTMLElement | undefined
  let around: readonly HTMLElement[] = place ? [place] : []
  let due: ReturnType<typeof setTimeout> | undefined
  const onFocus = ({ target }: FocusEvent) => {
    if (!(target instanceof HTMLElement)) return
    if (target.closest(openDialog)) inDialog = target
    if (!frame.contains(target)) return
    last = target
    around = ancestorsOf(target, frame)
  }
  const onPointer = () => {
    last = undefined
  }
  const look = () => {
    due = undefined
    if (document.activeElement !== document.body) return
    if (document.querySelector(openDialog)) {
      if (inDialog?.isConnected && !inDialog.matches(':disabled')) inDialog.focus({ preventScroll: true })
      return
    }
    if (!last) return
    if (last.isConnected && last.checkVisibility()) {
      if (!last.matches(':disabled')) {
        last.focus({ preventScroll: true })
        return
      }
      // What is busy comes back.
      if (last.hasAttribute('data-loading')) return
    }
    const stays = around.find((one) => one.isConnected && one.checkVisibility())
    const target = stays && headingOf(stays, frame)
    if (!target) return
    target.tabIndex = -1
    target.focus()
  }
  // After a dialog has given the focus back by itself, and after a page has drawn what takes it by itself.
  const onChange = () => {
    if (document.activeElement === document.body) due ??= setTimeout(look, 60)
  }
  const changes = new MutationObserver(onChange)
  changes.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] })
  document.addEventListener('focusin', onFocus)
  frame.addEventListener('pointerdown', onPointer)
  onChange()
  return () => {
    clearTimeout(due)
    changes.disconnect()
    document.removeEventListener('focusin', onFocus)
    frame.removeEventListener('pointerdown', onPointer)
  }
}

/** The nearest first. */
function ancestorsOf(element: HTMLElement, frame: HTMLElement): HTMLElement[] {
  const found: HTMLElement[] = []
  for (let at = element.parentElement; at && at !== frame; at = at.parentElement) found.push(at)
  return found
}

/** The first heading inside, or inside of what is around it; none while a page is still being fetched. */
function headingOf(place: HTMLElement, frame: HTMLElement): HTMLElement | undefined {
  for (const at of [place, ...ancestorsOf(place, frame)]) {
    const heading = [...at.querySelectorAll<HTMLElement>('h1, h2, h3')].find((one) => one.checkVisibility())
    if (heading) return heading
  }
  return undefined
}

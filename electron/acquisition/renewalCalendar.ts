/** The ends of certificates as an iCalendar file (RFC 5545), with alarms 30 and 7 days before: for calendars that have no Siegel. */

import { utf8Bytes } from '../base/bytes.ts'

export interface CalendarEvent {
  /** The same for the same certificate, so that a second file replaces the first one's entry. */
  readonly uid: string
  readonly at: Date
  readonly summary: string
  readonly description: string
  /** Another certificate has followed: an entry that an earlier file made alarms nobody any more. */
  readonly replaced?: boolean
}

const alarmDays = [30, 7]
/** RFC 5545 §3.1: octets of a line without its line end. */
const lineOctets = 75

/** @param now goes into DTSTAMP. The text has CRLF line ends. */
export function renewalCalendar(events: readonly CalendarEvent[], now: Date): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Siegel//Certificates//EN',
    // No METHOD: publishing in the sense of RFC 5546 §3.2.1 demands an organizer, and this is nobody's invitation.
    'CALSCALE:GREGORIAN',
    ...events.flatMap((event) => eventLines(event, now)),
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${folded(line)}\r\n`).join('')
}

function eventLines({ uid, at, summary, description, replaced = false }: CalendarEvent, now: Date): string[] {
  const alarm = (days: number) => [
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `DESCRIPTION:${textValue(summary)}`,
    `TRIGGER:-P${days}D`,
    'END:VALARM',
  ]
  return [
    'BEGIN:VEVENT',
    `UID:${textValue(uid)}`,
    `DTSTAMP:${utcTime(now)}`,
    `DTSTART:${utcTime(at)}`,
    // §3.8.7.4: a calendar keeps the higher one of two entries with one UID.
    `SEQUENCE:${replaced ? 1 : 0}`,
    `SUMMARY:${textValue(summary)}`,
    ...(replaced ? ['STATUS:CANCELLED'] : [`DESCRIPTION:${textValue(description)}`]),
    // It takes nobody's time: §3.8.2.7.
    'TRANSP:TRANSPARENT',
    ...(replaced ? [] : alarmDays.flatMap(alarm)),
    'END:VEVENT',
  ]
}

/**
 * §3.3.11. Control characters, which an address from a certificate might hold, have no place in a text; some readers end a
 * line at those of Unicode as well.
 */
function textValue(text: string): string {
  return text
    .replace(/\r\n?|\n/g, '\n')
    .replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]/g, '')
    .replace(/[\\;,]/g, '\\$&')
    .replaceAll('\n', '\\n')
}

/** §3.3.5, form 2. */
function utcTime(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '')
}

/** §3.1: long lines go on after CRLF and a space; a character is never cut in two. */
function folded(line: string): string {
  let text = ''
  let octets = 0
  for (const character of line) {
    const size = utf8Bytes(character).length
    if (octets + size > lineOctets) {
      text += '\r\n '
      octets = 1
    }
    text += character
    octets += size
  }
  return text
}

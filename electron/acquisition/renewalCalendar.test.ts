import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8Bytes } from '../base/bytes.ts'
import { renewalCalendar } from './renewalCalendar.ts'

const now = new Date('2026-11-24T12:00:00Z')
const at = new Date('2027-01-31T23:59:59Z')
const event = { uid: 'abc@siegel', at, summary: 'Ende; wirklich, ja', description: 'Zeile 1\nZeile 2 \\ Ende' }

describe('the calendar file', () => {
  it('says the end and two alarms, with its texts escaped and unfolded as they were (RFC 5545 §3.3.11, §3.6.6)', () => {
    const text = renewalCalendar([event], now).replaceAll('\r\n ', '')
    const values = (name: string) =>
      text.split('\r\n').flatMap((line) => (line.startsWith(`${name}:`) ? [line.slice(name.length + 1)] : []))
    expect(values('DTSTART')).toEqual(['20270131T235959Z'])
    expect(values('DTSTAMP')).toEqual(['20261124T120000Z'])
    expect(values('SUMMARY')).toEqual(['Ende\\; wirklich\\, ja'])
    expect(values('DESCRIPTION')[0]).toBe('Zeile 1\\nZeile 2 \\\\ Ende')
    expect(values('TRIGGER')).toEqual(['-P30D', '-P7D'])
    const nesting = text.match(/^(BEGIN|END):\w+/gm)
    expect(nesting?.[0]).toBe('BEGIN:VCALENDAR')
    expect(nesting?.at(-1)).toBe('END:VCALENDAR')
    expect(nesting?.filter((line) => line.startsWith('BEGIN'))).toHaveLength(4)
  })

  it('has lines of at most 75 octets that end with CRLF, whatever the names are (RFC 5545 §3.1)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (summary) => {
        const text = renewalCalendar([{ ...event, summary }], now)
        const lines = text.split('\r\n')
        expect(lines.at(-1)).toBe('')
        expect(lines.every((line) => utf8Bytes(line).length <= 75 && !/[\r\n]/.test(line))).toBe(true)
        expect(text.match(/^BEGIN:VEVENT$/gm)).toHaveLength(1)
      }),
    )
  })

  it('takes back the entry of a certificate that another one has followed (RFC 5545 §3.8.1.11, §3.8.7.4)', () => {
    const [before, after] = [false, true].map((replaced) => renewalCalendar([{ ...event, replaced }], now))
    expect(before).toContain('\r\nSEQUENCE:0\r\n')
    expect(after).toContain('\r\nSEQUENCE:1\r\n')
    expect(after).toContain('\r\nSTATUS:CANCELLED\r\n')
    expect(after).not.toContain('VALARM')
    expect(before?.match(/^UID:.*$/m)?.[0]).toBe(after?.match(/^UID:.*$/m)?.[0])
  })

  it('has no line ends of Unicode, at which some calendars break lines', () => {
    const text = renewalCalendar([{ ...event, summary: 'a\u0085b\u2028c\u2029d\u009be' }], now)
    expect(text).toContain('SUMMARY:abcde\r\n')
  })

  it('lets no name add lines of its own', () => {
    const text = renewalCalendar([{ ...event, summary: 'x\r\nBEGIN:VALARM\r\nATTACH:file:///etc/passwd' }], now)
    expect(text).not.toMatch(/^ATTACH/m)
  })
})

/** Words for numbers, times and states on the screen. Pure: the clock and the locale come in as arguments. */

/** E.164 country codes: one and two digits by ITU-T's list, all others have three. */
const COUNTRY_CODE = /^(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})/

/**
 * A phone number (E.164) as people write it: North American numbers as (202) 555-0101, others in groups behind their
 * country code. Anything that is no E.164 number comes back as it is.
 */
export function phone(e164: string | null | undefined): string {
  if (!e164) return 'Number withheld'
  const northAmerican = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164)
  if (northAmerican) return `(${northAmerican[1]}) ${northAmerican[2]}-${northAmerican[3]}`
  if (!/^\+\d{6,15}$/.test(e164)) return e164
  const country = COUNTRY_CODE.exec(e164.slice(1))?.[0] ?? ''
  const groups = e164.slice(1 + country.length).replace(/(\d{1,3})(?=(\d{3})+$)/g, '$1 ')
  return `+${country} ${groups}`
}

/** A text of the service with the numbers in it as people write them. */
export function withPhones(text: string): string {
  return text.replace(/\+\d{6,15}/g, (number) => phone(number))
}

/** Seconds as 0:05, 12:04 or 1:02:03; negative counts as none. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const pad = (n: number) => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`
}

/** Seconds as words for a screen reader and for sentences: "45 seconds", "about 2 minutes". */
export function spoken(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return whole === 1 ? '1 second' : `${whole} seconds`
  const minutes = Math.round(whole / 60)
  if (minutes < 60) return minutes === 1 ? 'about 1 minute' : `about ${minutes} minutes`
  const hours = Math.round(minutes / 60)
  return hours === 1 ? 'about 1 hour' : `about ${hours} hours`
}

/** Seconds from an ISO time until `now` (milliseconds since 1970). */
export function secondsSince(iso: string, now: number): number {
  return (now - Date.parse(iso)) / 1000
}

/** An ISO time in the reader's own zone: the time of day today, with the date before it on other days. */
export function when(iso: string | null | undefined, now: Date = new Date(), locale?: string): string {
  if (!iso) return ''
  const at = new Date(iso)
  const time = at.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' })
  if (at.toDateString() === now.toDateString()) return time
  const sameYear = at.getFullYear() === now.getFullYear()
  const date = at.toLocaleDateString(locale, {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' as const }),
  })
  return `${date}, ${time}`
}

/** Hours, minutes and seconds of a moment, 24 hours: 12:04:05. */
export function timeOfDay(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((n) => String(n).padStart(2, '0')).join(':')
}

/** "1 call waiting", "3 calls waiting", "Nobody is waiting". */
export function waiting(calls: number): string {
  if (calls <= 0) return 'Nobody is waiting'
  return calls === 1 ? '1 call waiting' : `${calls} calls waiting`
}

/** `wrap-up` or `phone_back` as "Wrap-up" or "Phone back". */
export function sentence(words: string): string {
  const spaced = words.replaceAll('_', ' ')
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}

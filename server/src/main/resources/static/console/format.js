/** Numbers and times as people read them. The locale is fixed, so that a screenshot means the same to everybody. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** A count; from a million on in short. */
export const count = (number) => (number >= 1_000_000 ? compact.format(number) : whole.format(number));

export const exact = (number) => whole.format(number);

/** A rate per second, with a tenth where that matters. */
export const rate = (number) => (number === 0 ? "0" : number < 10 ? tenths.format(number) : count(Math.round(number)));

/** Milliseconds, with as many digits as are worth reading. */
export const millis = (number) =>
  number === 0 ? "0" : number < 0.01 ? "<0.01" : number < 10 ? number.toFixed(2) : number < 100 ? number.toFixed(1) : count(Math.round(number));

const two = (number) => String(number).padStart(2, "0");

/** The time of day, with milliseconds. */
export function clock(instant, withMillis = true) {
  const at = new Date(instant);
  const text = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return withMillis ? `${text}.${String(at.getMilliseconds()).padStart(3, "0")}` : text;
}

/** Date and time. */
export function moment(instant) {
  const at = new Date(instant);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(instant)}`;
}

/** The time of day of what happened today, and the day of what did not. */
export function when(instant, now = new Date()) {
  const at = new Date(instant);
  return at.toDateString() === now.toDateString() ? clock(instant) : moment(instant).slice(0, "2026-01-31 12:00".length);
}

/** How long something has lasted, in its two largest units. */
export function duration(seconds) {
  const units = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) {
    return "0 s";
  }
  let rest = Math.floor(seconds);
  return units
    .slice(first, first + 2)
    .map(([unit, size]) => {
      const number = Math.floor(rest / size);
      rest -= number * size;
      return number > 0 ? `${number} ${unit}` : "";
    })
    .filter(Boolean)
    .join(" ");
}

/** How long ago something was. */
export function ago(instant, now = Date.now()) {
  const seconds = Math.max(0, (now - new Date(instant).getTime()) / 1_000);
  return seconds < 5 ? "just now" : `${duration(seconds < 60 ? seconds : Math.floor(seconds / 60) * 60)} ago`;
}

/** A class name without its package, as the rest is noise on a screen. */
export const simpleName = (className) => className.slice(className.lastIndexOf(".") + 1);

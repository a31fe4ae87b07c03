/**
 * Formats points in time, in the reader's time zone or in UTC, always as a `<time>` element.
 */
import { element } from "./elements.ts";
import { locale } from "./messages.ts";

/** Formats an instant to the second, with the name of the zone. */
export function instantText(iso: string, zone: "local" | "utc"): string {
  return format(iso, {
    dateStyle: "medium",
    timeStyle: "long",
    ...(zone === "utc" ? { timeZone: "UTC" } : {}),
  });
}

/** An instant as an element, to the second with the name of the zone. */
export function instant(iso: string, zone: "local" | "utc"): HTMLElement {
  return element("time", { datetime: iso }, instantText(iso, zone));
}

/** Two instants of the reader's zone, to the second, as one text; what both share appears once. */
export function instantRange(from: string, to: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "long", timeStyle: "long" }).formatRange(
    new Date(from),
    new Date(to),
  );
}

/** A date of the credential: the day and the time in UTC, because that is how the issuer's account keeps it. */
export function credentialDate(iso: string): HTMLElement {
  const day = format(iso, { dateStyle: "long", timeZone: "UTC" });
  const time = format(iso, { hour: "2-digit", minute: "2-digit", timeZone: "UTC", timeZoneName: "short" });
  return element(
    "time",
    { datetime: iso },
    element("span", { class: "date-day" }, day),
    " ",
    element("span", { class: "date-time" }, time),
  );
}

function format(iso: string, options: Intl.DateTimeFormatOptions): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : new Intl.DateTimeFormat(locale(), options).format(at);
}

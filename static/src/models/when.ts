/** Dates as people say them, exact on hover. */
import { day } from "../lib/day";
import { el } from "../lib/dom";

/** "today 14:02", "yesterday 09:15", else "3 May 2026" with the time where it is wanted. */
export function whenWords(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (days === 0) return `today ${time}`;
  if (days === 1) return `yesterday ${time}`;
  if (days === -1) return `tomorrow ${time}`;
  return days < 0 ? `${day(iso)}, ${time}` : day(iso);
}

export function when(iso: string | null): HTMLElement {
  if (!iso) return el("span", {}, "–");
  const exact = new Date(iso).toLocaleString("en-GB", { dateStyle: "full", timeStyle: "medium" });
  return el("time", { datetime: iso, title: exact }, whenWords(iso));
}

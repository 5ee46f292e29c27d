/** Numbers of studies and ratings in words. */
import { count as many } from "../lib/plural";
import type { Standing, StudyData } from "./types";

const SECONDS_AN_ITEM = 60; // before anybody has answered: as the queue has it

export { many };

/** Which item stands there, of how many. */
export function numberWords(standing: Standing | null, locked: boolean): string {
  if (locked) return "Answered before";
  if (!standing) return "Rate";
  const { next, done, of } = standing;
  return next ? `Item ${Math.min(done + 1, of)} of ${of}` : `${done} of ${of} rated`;
}

/** "about 12 minutes"; empty when nobody can say. */
export function minutesWords(minutes: number | null | undefined): string {
  if (minutes === null || minutes === undefined || !Number.isFinite(minutes)) return "";
  const whole = Math.round(minutes);
  if (whole < 1) return "about a minute";
  if (whole < 90) return `about ${many(whole, "minute")}`;
  return `about ${(minutes / 60).toFixed(1)} hours`;
}

/** "12:03:11" */
export const clockWords = (at: Date): string => at.toLocaleTimeString("en-GB");

/** What one rater will see: every case with every source, and the repeats. */
export function sizeOf(cases: number, sources: number, repeats: number): { items: number; again: number } {
  const items = cases * sources;
  return { items, again: repeats > 0 && items > 0 ? Math.max(even(repeats * items), 1) : 0 };
}

/** Rounds halves to the even number, as the server does. */
function even(value: number): number {
  const whole = Math.round(value);
  return whole - value === 0.5 && whole % 2 === 1 ? whole - 1 : whole;
}

export function sizeWords(cases: number, sources: number, repeats: number): string {
  const { items, again } = sizeOf(cases, sources, repeats);
  if (items === 0) return "";
  const all = items + again;
  const repeated = again > 0 ? ` and ${again} of them again, ${many(all, "replay")}` : "";
  return `Each rater sees ${many(cases, "case")} × ${many(sources, "source")}${repeated}: ${minutesWords((all * SECONDS_AN_ITEM) / 60)}.`;
}

/** How wide the intervals will be, or what has to be chosen before that can be said. */
export function widthWords({ cases, raters, width }: Pick<StudyData, "cases" | "raters" | "width">): string {
  if (width.words) return width.words;
  const lacks = [cases.length === 0 && "cases", raters.length === 0 && "raters"].filter(Boolean).join(" and ");
  return lacks ? `Choose ${lacks}: then this line says how wide the intervals will be.` : "";
}

/** ".044", "< .001" */
export function pWords(p: number): string {
  if (p < 0.001) return "p < .001";
  return `p = ${p.toFixed(p < 0.1 ? 3 : 2).replace(/^0/, "")}`;
}

/** "−.25": as coefficients between −1 and 1 are written. */
export function coefficient(value: number): string {
  const sign = value < -0.005 ? "−" : "";
  return sign + Math.abs(value).toFixed(2).replace(/^0/, "");
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** What a rater has done of a study: some of it may have been withdrawn since the start. */
export function ratedWords(rated: number, of: number): string {
  if (rated < of)
    return `You have rated ${many(rated, "reading", "readings")} of this study; ${of - rated} cannot be shown any more.`;
  return `You have rated ${rated === 1 ? "the one reading" : `all ${rated} readings`} of this study.`;
}

/** Counts, sizes and states of research data in words. */
import { count } from "../lib/plural";
import { and, SOURCE_NAMES } from "./query";
import type { Counts, Person, ReleaseFile, ReleaseRow, RequestData, Since, Source } from "./types";

const UNITS = ["kB", "MB", "GB", "TB"];
const DAY_MS = 86_400_000;

/** "12.3 MB": powers of 1000, as browsers and `ls --si` have them. */
export function sizeWords(bytes: number): string {
  if (bytes === 0) return "–";
  if (bytes < 1000) return count(bytes, "byte");
  let size = bytes;
  let unit = "";
  for (const next of UNITS) {
    size /= 1000;
    unit = next;
    if (size < 999.5) break;
  }
  return `${size < 99.95 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}

/** "12 cases, 40 readings by 5 readers, 1,234 fixations"; the last of releases only */
export function countsWords(counts: Pick<Counts, "cases" | "readings" | "readers"> & { fixations?: number }): string {
  const { cases, readings, readers, fixations } = counts;
  const words = `${count(cases, "case")}, ${count(readings, "reading")} by ${count(readers, "reader")}`;
  return fixations ? `${words}, ${count(fixations, "fixation")}` : words;
}

const BY: Record<string, string> = {
  tracker: "by eye tracker",
  import: "from eye tracker files",
  aperture: "as dwells of the sharp disc",
  clicks: "as clicks",
  simulated: "by simulated readers",
  model: "by a model",
};

/** "30 readings by eye tracker, 10 by simulated readers": the most first. */
export function sourcesWords(bySource: Record<string, number>): string {
  return Object.entries(bySource)
    .filter(([, n]) => n > 0)
    .sort(([a, n], [b, m]) => m - n || a.localeCompare(b))
    .map(([source, n], at) => `${at === 0 ? count(n, "reading") : n.toLocaleString("en-GB")} ${BY[source] ?? source}`)
    .join(", ");
}

export const sourceName = (source: string): string =>
  SOURCE_NAMES[source as Source] ?? (source === "model" ? "Model" : source || "not said");

/** What a release has beside gaze: "films and reports", "films", or "no films or reports". */
export function withWords({ films, reports }: Pick<ReleaseRow, "films" | "reports">): string {
  const parts = [films && "films", reports && "reports"].filter((part) => part !== false);
  return parts.length > 0 ? `with ${and(parts)}` : "without films and reports";
}

export interface StateWords {
  badge: string; // as the styles know it
  name: string;
  words: string; // what happens next, or why
}

/** How a request stands, for the person who made it and for admins. */
export function requestWords(request: RequestData): StateWords {
  const { state, job, decided, release } = request;
  const reason = decided?.reason ? `: ${decided.reason}` : "";
  const who = decided?.by?.name ?? "an admin";
  const own = same(decided?.by, request.by) ? ", who asked for it" : "";
  switch (state) {
    case "open":
      return { badge: "confirming", name: "waits", words: "An admin decides. Nothing is made before." };
    case "declined":
      return { badge: "refused", name: "declined", words: `By ${who}${reason || "."}` };
    case "withdrawn":
      return { badge: "cancelled", name: "withdrawn", words: "Taken back by who asked." };
    case "closed":
      return { badge: "cancelled", name: "closed", words: closedWords(request) };
    case "done":
      return {
        badge: "done",
        name: "ready",
        words: release ? `Release ${release.version} is ready.${own && ` Approved by ${who}${own}.`}` : "",
      };
    case "approved":
      if (job?.state === "failed" || release?.state === "failed")
        return { badge: "failed", name: "failed", words: failed(job?.error) };
      if (job) return { badge: "running", name: "being made", words: `Approved by ${who}${own}${reason || "."}` };
      if (request.films.state === "open")
        return { badge: "confirming", name: "approved", words: `By ${who}${own}. ${filmsWords(request)}` };
      return { badge: "running", name: "approved", words: `By ${who}${own}${reason || "."}` };
  }
}

const failed = (error: { title: string; detail?: string } | null | undefined): string =>
  error ? [error.title, error.detail].filter(Boolean).join(" ") : "The release could not be made.";

const same = (one: Person | null | undefined, other: Person | null): boolean => !!one && one.id === other?.id;

function closedWords({ closed }: Pick<RequestData, "closed">): string {
  const anew = "Nothing of it was kept; who wants the data asks anew.";
  if (!closed?.by && !closed?.reason) return `Its making was cancelled. ${anew}`;
  return `${anew} Closed by ${closed.by?.name ?? "an admin"}${closed.reason ? `: ${closed.reason}` : "."}`;
}

/** How the second approval stands; "" where none was asked for. */
export function filmsWords({ films, by: asker }: Pick<RequestData, "films" | "by">): string {
  const { asked, state, by, reason } = films;
  if (!asked) return "";
  const who = by?.name ?? "an admin";
  const own = same(by, asker) ? ", who asked for them" : "";
  if (state === "approved") return `Films and reports: approved by ${who}${own}.`;
  if (state === "declined") return `Films and reports: declined by ${who}${reason ? `: ${reason}` : "."}`;
  return "Films and reports wait for a second approval.";
}

/** What is different from the release before, each number with its direction; "" for the first. */
export function sinceWords(since: Since | null): string {
  if (!since) return "";
  const parts = [
    change(since.cases, "case"),
    change(since.readings, "reading"),
    change(since.fixations, "fixation"),
  ].filter(Boolean);
  const came = parts.length > 0 ? and(parts) : "the same numbers";
  const left =
    since.left > 0
      ? ` ${count(since.left, "reading")} of version ${since.version} ${since.left === 1 ? "is" : "are"} no longer in it: withdrawn, or not asked for any more.`
      : "";
  return `Against version ${since.version}: ${came}.${left}`;
}

function change(n: number, one: string): string {
  if (n === 0) return "";
  return `${count(Math.abs(n), one)} ${n > 0 ? "more" : "fewer"}`;
}

const FEW = 5; // people; with fewer somebody may be recognised

/** What is to be said of so few people; "" when they are enough, or nobody is there. */
export function peopleWords({ people, readers }: Pick<Counts, "people" | "readers">): string {
  if (people >= FEW || readers === 0) return "";
  if (people === 0) return "Nobody's own data: every reader is simulated.";
  return `Only ${people === 1 ? "one person" : `${people} people`}: whose a reading is may be guessed.`;
}

/** And what to do about it, for who asks. */
export function peopleAdvice({ people, readers }: Pick<Counts, "people" | "readers">): string {
  if (people >= FEW || readers === 0) return "";
  if (people === 0) return "Good for trying a program; it says nothing about people.";
  return "Tick more sources, or say below why so few are enough: an admin weighs it.";
}

/** "today 12:03", "yesterday 09:15", "3 May 2026": as people say a moment. */
export function whenWords(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const clock = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const days = Math.round((midnight(now) - midnight(at)) / DAY_MS);
  if (days === 0) return `today ${clock}`;
  if (days === 1) return `yesterday ${clock}`;
  return at.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

const midnight = (at: Date): number => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();

export interface Folder {
  folder: string; // "" for what lies in none
  files: ReleaseFile[];
  size_bytes: number;
}

/** Files by the folder that they lie in, those in none first. */
export function byFolder(files: readonly ReleaseFile[]): Folder[] {
  const folders = new Map<string, ReleaseFile[]>([["", []]]);
  for (const file of files) {
    const folder = file.path.split("/").slice(0, -1).join("/");
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return [...folders]
    .filter(([, inside]) => inside.length > 0)
    .map(([folder, inside]) => ({
      folder,
      files: inside,
      size_bytes: inside.reduce((sum, { size_bytes }) => sum + size_bytes, 0),
    }));
}

/** The first and last signs of a digest, for where all of it has no room. */
export const digestWords = (sha256: string): string => `${sha256.slice(0, 8)}…${sha256.slice(-4)}`;

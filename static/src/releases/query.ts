/** What is asked of the data, as it stands in the address, goes to the API, and is said in words. */
import { type Query, SIMULATED, type Simulated, SOURCES, type Source } from "./types";

/** Eyes and what stands in for them; sources of another kind only where somebody ticks them. */
export const USUAL: readonly Source[] = ["tracker", "import", "simulated"];

export const SOURCE_NAMES: Record<Source, string> = {
  tracker: "Eye tracker",
  import: "Imported eye tracker file",
  aperture: "Dwells of the sharp disc",
  clicks: "Clicks",
  simulated: "Simulated reader",
};

export const SOURCE_WORDS: Record<Source, string> = {
  tracker: "recorded here while the film was read",
  import: "recorded elsewhere, brought in afterwards",
  aperture: "where the disc stood, not where the eye was",
  clicks: "places that a reader clicked on; no gaze between them",
  simulated: "no person looked",
};

const KINDS: Record<Simulated, string> = {
  with: "real and simulated",
  without: "nothing simulated",
  only: "simulated only",
};
const EXTRAS = ["predictions", "ratings", "films", "reports"] as const;
const EXTRA_NAMES: Record<(typeof EXTRAS)[number], string> = {
  predictions: "predicted readings",
  ratings: "ratings",
  films: "films",
  reports: "reports",
};
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const usual = (): Query => ({
  sources: [...USUAL],
  simulated: "with",
  set: null,
  predictions: false,
  ratings: false,
  films: false,
  reports: false,
});

/** Reads an address; what it does not say, or says wrongly, is as usual. */
export function fromAddress(search: string): Query {
  const asked = new URLSearchParams(search);
  const query = usual();
  const sources = asked.get("sources");
  if (sources !== null) query.sources = SOURCES.filter((source) => sources.split(",").includes(source));
  query.simulated = SIMULATED.find((kind) => kind === asked.get("simulated")) ?? "with";
  const set = asked.get("set") ?? "";
  query.set = ID.test(set) ? set : null;
  for (const name of EXTRAS) query[name] = asked.get(name) === "1";
  return query;
}

/** Only what is not as usual, so that one query has one address; empty when all is. */
export function toAddress(query: Query): string {
  const address = new URLSearchParams();
  const sources = inOrder(query.sources);
  if (sources.join() !== inOrder(USUAL).join()) address.set("sources", sources.join(","));
  if (query.simulated !== "with") address.set("simulated", query.simulated);
  if (query.set) address.set("set", query.set);
  for (const name of EXTRAS) if (query[name]) address.set(name, "1");
  const words = address.toString().replaceAll("%2C", ",");
  return words && `?${words}`;
}

/** For `GET /data/counts/`, which is told everything. */
export function toCounts(query: Query): string {
  const asked = new URLSearchParams({
    sources: inOrder(query.sources).join(","),
    simulated: query.simulated,
    predictions: String(query.predictions),
    ratings: String(query.ratings),
  });
  if (query.set) asked.set("set", query.set);
  return asked.toString().replaceAll("%2C", ",");
}

/** "Eye tracker, simulated reader · real and simulated · with ratings · without films and reports" */
export function queryWords(query: Query): string {
  const sources = inOrder(query.sources).map((source) => SOURCE_NAMES[source]);
  const listed = sources.map((words, at) => (at === 0 ? words : lower(words))).join(", ");
  const extras = EXTRAS.filter((name) => query[name]).map((name) => EXTRA_NAMES[name]);
  return [
    listed || "No source",
    KINDS[query.simulated],
    query.set ? "one practice set" : "",
    extras.length > 0 ? `with ${and(extras)}` : "",
    query.films || query.reports ? "" : "without films and reports",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Why this cannot be asked for; "" when it can. */
export function lacks(query: Query): string {
  if (query.sources.length === 0) return "Tick a source: without one there are no readings.";
  if (query.simulated === "without" && query.sources.every((source) => source === "simulated"))
    return "Simulated readers are the only source that is ticked, and simulated readings are left out.";
  return "";
}

export const and = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

const inOrder = (sources: readonly Source[]): Source[] => SOURCES.filter((source) => sources.includes(source));
const lower = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1);

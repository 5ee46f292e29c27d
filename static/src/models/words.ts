/** What the pages of models say: figures with their interval, verdicts, times, schedules. */
import { count } from "../lib/plural";
import type { Estimate, GateRow, HeldOutRow, ModelRow, RunRow, Timing, VerdictData } from "./types";

/** "0.414", "−0.063", "12.4": three decimals, fewer where the number is large. */
export function figure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const words = size.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 3);
  return Number(words) === 0 ? words : value < 0 ? `−${words}` : words;
}

export function signed(value: number | null): string {
  const words = figure(value);
  return value !== null && value > 0 && Number(words) !== 0 ? `+${words}` : words;
}

/** "0.399 to 0.430"; empty where no interval is known. */
export function interval({ low, high }: Estimate, write: (value: number) => string = figure): string {
  return low === null || high === null ? "" : `${write(low)} to ${write(high)}`;
}

/** Whether the new one is better, going by the interval alone. */
export function standing({
  difference: { value, low, high },
  higher_is_better,
}: Pick<GateRow, "difference" | "higher_is_better">): string {
  if (value === null || low === null || high === null) return "too little to say";
  if (low === 0 && high === 0) return "the same";
  if (low > 0) return higher_is_better ? "better" : "worse";
  if (high < 0) return higher_is_better ? "worse" : "better";
  return "no clear difference";
}

const LIKELIHOOD = "negative log-likelihood";
const HELD_OUT = "over the square that the model sees; of the held-out readings of this training";
const GATE = "over the film; of the readings of the gate’s set";

/** Unit and direction of a metric; of the likelihood also over which area and of which readings: a training's and the
 * gate's look alike and do not compare. */
export function metricWords(
  { metric, unit, higher_is_better }: { metric: string; unit?: string; higher_is_better: boolean },
  of: "held-out" | "gate",
): string {
  const said = unit && metric === LIKELIHOOD ? `${unit} ${of === "gate" ? GATE : HELD_OUT}` : unit;
  return [said, higher_is_better ? "higher is better" : "lower is better"].filter(Boolean).join(", ");
}

/** The rows of one metric together, in the order of their first ones. */
export function byMetric(rows: readonly GateRow[]): [GateRow, ...GateRow[]][] {
  const found = new Map<string, [GateRow, ...GateRow[]]>();
  for (const row of rows) {
    const known = found.get(row.metric);
    if (known) known.push(row);
    else found.set(row.metric, [row]);
  }
  return [...found.values()];
}

/** A sentence's first letter; a name like mIoU stays as it is written. */
export const capital = (words: string): string =>
  words.replace(/^[a-z](?=[a-z-]*(?:[ .,:]|$))/, (first) => first.toUpperCase());

/** "12 cases, 20 readings" */
export const heldOutOf = ({ cases, readings }: Pick<HeldOutRow, "cases" | "readings">): string =>
  `${count(cases, "case")}, ${count(readings, "reading")}`;

/** "passed all 4 rules", "failed 1 of 4 rules" */
export function verdictWords({ passed, rows }: Pick<VerdictData, "passed" | "rows">): string {
  const failed = rows.filter((row) => !row.passed).length;
  if (passed) return rows.length === 1 ? "passed the one rule" : `passed all ${rows.length} rules`;
  return `failed ${failed} of ${count(rows.length, "rule")}`;
}

/** In one word how the gate saw a version; "not judged" without a verdict against the present champion. */
export function judged(verdict: ModelRow["verdict"]): "passed" | "failed" | "not judged" | "judged before" {
  if (!verdict) return "not judged";
  if (verdict.stale) return "judged before";
  return verdict.passed ? "passed" : "failed";
}

/** Why somebody who promotes it has to say why; null where the gate let it pass. */
export function needsReason(verdict: ModelRow["verdict"]): string | null {
  switch (judged(verdict)) {
    case "failed":
      return "The gate did not let this version pass.";
    case "not judged":
      return "The gate has not judged this version.";
    case "judged before":
      return "The gate judged this version against an earlier champion.";
    default:
      return null;
  }
}

/** "about 3 min left"; empty where nobody can say. */
export function timeLeft(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds) || seconds < 0) return "";
  if (seconds < 8) return "a few seconds left";
  if (seconds < 90) return `about ${Math.max(Math.round(seconds / 10), 1) * 10} s left`;
  if (seconds < 90 * 60) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${(seconds / 3600).toFixed(1)} hours left`;
}

/** "42 s", "3 min 20 s", "2 h 5 min" */
export function duration(seconds: number): string {
  const whole = Math.max(Math.round(seconds), 0);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours > 0) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
}

export const WEEKDAYS = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

export const clock = (hour: number, minute: number): string =>
  `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;

/** "Sundays 02:00 UTC if 200 new readings", as the server says it of a schedule that is stored. */
export function scheduleSentence({ weekday, hour, minute, at_least }: Timing): string {
  const day = weekday === null ? "Every day" : (WEEKDAYS[weekday] ?? "");
  const condition = at_least > 0 ? ` if ${count(at_least, "new reading")}` : "";
  return `${day} ${clock(hour, minute)} UTC${condition}`;
}

/** What that is on the clock of whoever looks: "04:00 where you are", with the day where it is another; empty in UTC.
 * `offset`: minutes from local time to UTC, as Date.getTimezoneOffset gives them. */
export function localWords({ weekday, hour, minute }: Timing, offset: number): string {
  if (offset === 0) return "";
  const total = hour * 60 + minute - offset;
  const shift = Math.floor(total / DAY_MIN);
  const time = (total + DAY_MIN) % DAY_MIN;
  const day = weekday === null || shift === 0 ? "" : `${WEEKDAYS[(weekday + shift + 7) % 7]} `;
  return `${day}${clock(Math.floor(time / 60), time % 60)} where you are`;
}

const DAY_MIN = 24 * 60;

const RUN_WORDS: Record<string, string> = {
  queued: "waits",
  running: "runs",
  done: "done",
  failed: "failed",
  cancelled: "cancelled",
};

export const runWords = (state: string): string => RUN_WORDS[state] ?? state;

/** How a run ended or how far it is, in a line of a list. */
export function runLine(run: Pick<RunRow, "state" | "progress" | "eta_s" | "version" | "passed" | "stage">): string {
  if (run.state === "running") {
    const share = run.progress === null ? "" : `${Math.floor(run.progress * 100)} %`;
    return [stageWords(run.stage), share, timeLeft(run.eta_s)].filter(Boolean).join(", ");
  }
  if (run.state !== "done" || !run.version) return "";
  if (run.passed === null) return "not judged";
  return run.passed ? "the gate let it pass" : "the gate did not let it pass";
}

export const STAGES: [name: string, words: string][] = [
  ["data", "Gathering the readings"],
  ["preparing", "Preparing films and reports"],
  ["training", "Training"],
  ["comparing", "Comparing on readings it did not learn from"],
  ["saving", "Saving the weights"],
  ["registering", "Registering the version"],
  ["judging", "The gate judges it"],
];

export const stageWords = (stage: string): string => STAGES.find(([name]) => name === stage)?.[1] ?? stage;

/** A name for what a run makes of a version: another one each minute, and not longer with every round. */
export function tunedName(parent: string, at: Date): string {
  const date = at.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
  const before = parent.replace(/ tuned \d{1,2} \w+ \d{4}( \d\d:\d\d)?$/, "");
  return `${before} tuned ${date} ${clock(at.getHours(), at.getMinutes())}`;
}

/** The beginning of a sha256, as people read it out. */
export const short = (sha256: string): string => sha256.slice(0, 12);

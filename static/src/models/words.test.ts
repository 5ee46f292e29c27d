import { describe, expect, it } from "vitest";
import { aligned, thin } from "./thin";
import type { GateRow, Point } from "./types";
import {
  byMetric,
  capital,
  duration,
  figure,
  interval,
  judged,
  localWords,
  metricWords,
  needsReason,
  runLine,
  scheduleSentence,
  signed,
  standing,
  timeLeft,
  tunedName,
  verdictWords,
} from "./words";

const estimate = (value: number | null, low: number | null = null, high: number | null = null) => ({
  value,
  low,
  high,
});

describe("a metric's unit and direction", () => {
  it("of the likelihood says over what and of which readings, since a training's and the gate's do not compare", () => {
    const nll = { metric: "negative log-likelihood", unit: "nats a fixation", higher_is_better: false };
    expect(metricWords(nll, "gate")).toBe(
      "nats a fixation over the film; of the readings of the gate’s set, lower is better",
    );
    expect(metricWords(nll, "held-out")).toContain("of the held-out readings of this training, lower is better");
    expect(metricWords({ metric: "mIoU", higher_is_better: true }, "gate")).toBe("higher is better");
    expect(metricWords({ metric: "total duration error", unit: "s", higher_is_better: false }, "gate")).toBe(
      "s, lower is better",
    );
  });
});

describe("figures", () => {
  it("have a true minus, three decimals, and fewer where they are large", () => {
    expect(figure(0.4139)).toBe("0.414");
    expect(figure(-0.0634)).toBe("−0.063");
    expect(figure(12.44)).toBe("12.4");
    expect(figure(1234.5)).toBe("1235");
    expect(figure(-0.0001)).toBe("0.000");
    expect(figure(null)).toBe("–");
    expect(signed(0.0121)).toBe("+0.012");
    expect(signed(0.0001)).toBe("0.000");
  });

  it("have an interval where one is known", () => {
    expect(interval(estimate(0.4139, 0.399, 0.43))).toBe("0.399 to 0.430");
    expect(interval(estimate(0.012, -0.004, 0.028), signed)).toBe("−0.004 to +0.028");
    expect(interval(estimate(0.5))).toBe("");
  });
});

describe("whether the new one is better", () => {
  const is = (value: number, low: number, high: number, higher_is_better: boolean) =>
    standing({ difference: estimate(value, low, high), higher_is_better });

  it("goes by the interval and by which way is good", () => {
    expect(is(0.02, 0.01, 0.03, true)).toBe("better");
    expect(is(0.02, 0.01, 0.03, false)).toBe("worse");
    expect(is(-0.02, -0.03, -0.01, false)).toBe("better");
    expect(is(-0.02, -0.03, -0.01, true)).toBe("worse");
    expect(is(0.02, -0.01, 0.05, true)).toBe("no clear difference");
    expect(is(0, 0, 0, true)).toBe("the same");
  });

  it("is not said without an interval", () => {
    expect(standing({ difference: estimate(0.5), higher_is_better: true })).toBe("too little to say");
  });
});

describe("the gate's verdict", () => {
  const rows = (...passed: boolean[]) => passed.map((one) => ({ passed: one })) as never[];

  it("counts rules", () => {
    expect(verdictWords({ passed: true, rows: rows(true, true, true, true) })).toBe("passed all 4 rules");
    expect(verdictWords({ passed: false, rows: rows(true, false, false, true) })).toBe("failed 2 of 4 rules");
    expect(verdictWords({ passed: false, rows: rows(false) })).toBe("failed 1 of 1 rule");
  });

  it("has the rules of one metric together", () => {
    const row = (metric: string, rule: string) => ({ metric, rule }) as GateRow;
    const found = byMetric([row("a", "1"), row("b", "2"), row("a", "3")]);
    expect(found.map((some) => some.map(({ metric, rule }) => metric + rule))).toEqual([["a1", "a3"], ["b2"]]);
  });

  it("writes sentences with a capital, and names as they are written", () => {
    expect(capital("negative log-likelihood must not")).toBe("Negative log-likelihood must not");
    expect(capital("mIoU must be above")).toBe("mIoU must be above");
    expect(capital("ScanMatch")).toBe("ScanMatch");
    expect(capital("nll")).toBe("Nll");
  });

  it("asks for a reason unless the version passed against this champion", () => {
    const verdict = (passed: boolean, stale: boolean) => ({ passed, stale, against: "a", at: "2026-05-03" });
    expect(judged(verdict(true, false))).toBe("passed");
    expect(needsReason(verdict(true, false))).toBe(null);
    expect(judged(verdict(false, false))).toBe("failed");
    expect(needsReason(verdict(false, false))).toContain("did not let");
    expect(judged(verdict(true, true))).toBe("judged before");
    expect(needsReason(verdict(true, true))).toContain("earlier champion");
    expect(judged(null)).toBe("not judged");
    expect(needsReason(null)).toContain("has not judged");
  });
});

describe("times", () => {
  it("that are left are rounded as people say them", () => {
    expect(timeLeft(null)).toBe("");
    expect(timeLeft(3)).toBe("a few seconds left");
    expect(timeLeft(47)).toBe("about 50 s left");
    expect(timeLeft(148)).toBe("about 2 min left");
    expect(timeLeft(9000)).toBe("about 2.5 hours left");
  });

  it("that passed are exact", () => {
    expect(duration(42.3)).toBe("42 s");
    expect(duration(180)).toBe("3 min");
    expect(duration(200)).toBe("3 min 20 s");
    expect(duration(3599.6)).toBe("1 h");
    expect(duration(7500)).toBe("2 h 5 min");
  });
});

describe("a schedule in words", () => {
  const sundays = { weekday: 6, hour: 2, minute: 0, at_least: 200 };

  it("has day, time and condition", () => {
    expect(scheduleSentence(sundays)).toBe("Sundays 02:00 UTC if 200 new readings");
    expect(scheduleSentence({ weekday: 0, hour: 22, minute: 5, at_least: 1 })).toBe(
      "Mondays 22:05 UTC if 1 new reading",
    );
    expect(scheduleSentence({ ...sundays, weekday: null, at_least: 0 })).toBe("Every day 02:00 UTC");
  });

  it("says the time on one's own clock, with the day where it is another", () => {
    expect(localWords(sundays, 0)).toBe("");
    expect(localWords(sundays, -120)).toBe("04:00 where you are");
    expect(localWords(sundays, 300)).toBe("Saturdays 21:00 where you are");
    expect(localWords({ ...sundays, hour: 20 }, -330)).toBe("Mondays 01:30 where you are");
    expect(localWords({ ...sundays, weekday: null }, 300)).toBe("21:00 where you are");
  });
});

describe("a run in a line", () => {
  const run = { stage: "training", progress: 0.426, eta_s: 100, version: null, passed: null } as const;
  const version = { sha256: "a", name: "n", state: "candidate" } as const;

  it("says how far it is, or what came of it", () => {
    expect(runLine({ ...run, state: "running" })).toBe("Training, 42 %, about 2 min left");
    expect(runLine({ ...run, state: "queued" })).toBe("");
    expect(runLine({ ...run, state: "done", version, passed: true })).toBe("the gate let it pass");
    expect(runLine({ ...run, state: "done", version, passed: false })).toBe("the gate did not let it pass");
    expect(runLine({ ...run, state: "done", version })).toBe("not judged");
  });
});

describe("a name", () => {
  it("of a tuned model does not grow with every round", () => {
    const day = new Date(2026, 9, 1, 8, 5);
    expect(tunedName("demo", day)).toBe("demo tuned 1 Oct 2026 08:05");
    expect(tunedName("demo tuned 3 Sept 2026 23:59", day)).toBe("demo tuned 1 Oct 2026 08:05");
  });
});

describe("a curve that is thinned", () => {
  const points: Point[] = Array.from({ length: 1001 }, (_, step) => [step, step * 2]);

  it("keeps both ends and even gaps", () => {
    const few = thin(points, 11);
    expect(few.map(([step]) => step)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    expect(thin(points.slice(0, 5), 11)).toEqual(points.slice(0, 5));
    expect(thin(points, 1)).toEqual([[1000, 2000]]);
  });

  it("stands with the other over one axis", () => {
    expect(
      aligned(
        [
          [1, 9],
          [3, 7],
        ],
        [
          [2, 8],
          [3, 6],
        ],
      ),
    ).toEqual([
      [1, 2, 3],
      [9, null, 7],
      [null, 8, 6],
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { heard, isJudged, judgeWords, judgingLine, judgingView } from "./judging";
import type { Judging, ModelRow } from "./types";

const job: Judging = {
  id: "j",
  kind: "judge",
  subject: "model:1",
  state: "running",
  stage: "judging",
  progress: 0.25,
  done: 60,
  of: 240,
  error: null,
  place: 0,
};
const model = { state: "candidate", judging: null, verdict: null } as unknown as ModelRow;
const verdict = { passed: true, against: "c", at: "", stale: false };

describe("the gate's button", () => {
  it("stands there until the gate has judged, and not while it does", () => {
    expect(judgeWords(model)).toBe("Let the gate judge it");
    for (const state of ["queued", "running"] as const)
      expect(judgeWords({ ...model, judging: { ...job, state } })).toBe(null);
    expect(judgeWords({ ...model, judging: { ...job, state: "failed" } })).toBe("Let the gate judge it");
    expect(judgeWords({ ...model, verdict })).toBe(null);
    expect(judgeWords({ ...model, state: "champion" })).toBe(null);
  });

  it("asks again where another champion serves since", () => {
    const stale = { ...model, verdict: { ...verdict, stale: true } };
    expect(judgeWords(stale)).toBe("Judge again");
    expect(judgeWords({ ...stale, judging: job })).toBe(null);
  });
});

describe("a judgement", () => {
  it("shows its stage and share", () => {
    expect(judgingView(job)).toMatchObject({ state: "running", stage: "judging", share: 0.25, place: 0 });
    expect(isJudged({ judging: job })).toBe(true);
    expect(isJudged({ judging: null })).toBe(false);
  });

  it("says in a line how many predictions are made, or which place it has, or why it failed", () => {
    expect(judgingLine(job)).toBe("Being judged, 60 of 240 predictions");
    expect(judgingLine({ ...job, done: null, of: null })).toBe("Being judged");
    expect(judgingLine({ ...job, state: "queued", place: 3 })).toBe("Waits to be judged, place 3 in the queue");
    expect(judgingLine({ ...job, state: "queued", place: 1 })).toBe("Waits to be judged, next in the queue");
    const error = { type: "", title: "The gate could not load it.", detail: "" } as Judging["error"];
    expect(judgingLine({ ...job, state: "failed", error })).toBe("The gate could not load it.");
  });

  it("goes on by its own events", () => {
    expect(heard(job, "job.stage", { stage: "judging", progress: 0.5 }).progress).toBe(0.5);
    expect(heard({ ...job, state: "queued" }, "job.state", { state: "running" }).state).toBe("running");
    expect(heard(job, "models.changed", {})).toBe(job);
  });

  it("goes on by those of the training that made the version, whose progress is of the whole run", () => {
    const run = { ...job, kind: "train", progress: null };
    expect(heard(run, "job.stage", { stage: "judging", progress: 0.95 }).progress).toBe(null);
    expect(heard(run, "run.stage", { stage: "judging", done: 120, of: 240 })).toMatchObject({
      progress: 0.5,
      done: 120,
      of: 240,
    });
    expect(heard(run, "run.stage", { stage: "registering", done: 1, of: 1 })).toBe(run);
  });
});

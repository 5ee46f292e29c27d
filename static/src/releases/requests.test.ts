import { describe, expect, it } from "vitest";
import { failed, leftWords, stageWords } from "./making";
import { pending, revocable, undecided } from "./requests";
import type { JobSummary, RequestData } from "./types";

const films = (state: RequestData["films"]["state"]) => ({
  asked: state !== "none",
  state,
  by: null,
  at: null,
  reason: "",
});
const request = { state: "open", films: films("none"), job: null, release: null } as unknown as RequestData;
const job: JobSummary = {
  id: "j",
  kind: "release",
  state: "running",
  stage: "writing",
  progress: 0.479,
  error: null,
  place: 0,
};
const release = { id: "x", version: "1", state: "making" } as const;

describe("a request", () => {
  it("can be taken back until its release is ready", () => {
    expect(revocable(request)).toBe(true);
    expect(revocable({ ...request, state: "approved", job, release })).toBe(true);
    for (const state of ["declined", "withdrawn", "closed", "done"] as const)
      expect(revocable({ ...request, state })).toBe(false);
  });

  it("waits for an admin until both decisions are made", () => {
    expect(undecided(request)).toBe(true);
    expect(undecided({ ...request, state: "approved", films: films("open") })).toBe(true);
    expect(undecided({ ...request, state: "approved", films: films("approved") })).toBe(false);
    expect(undecided({ ...request, state: "declined", films: films("open") })).toBe(false);
  });

  it("is pending until it is ready, declined, withdrawn or failed", () => {
    const made = { ...request, state: "approved", job, release } as RequestData;
    expect(pending(request)).toBe(true);
    expect(pending(made)).toBe(true);
    expect(pending({ ...made, job: { ...job, state: "failed" }, release: { ...release, state: "failed" } })).toBe(
      false,
    );
    expect(pending({ ...made, state: "done" })).toBe(false);
    expect(pending({ ...request, state: "withdrawn" })).toBe(false);
    expect(pending({ ...made, state: "closed" })).toBe(false);
  });

  it("is made again after a fault, and never after it was cancelled", () => {
    expect(failed({ ...job, state: "failed" })).toBe(true);
    expect(failed({ ...job, state: "cancelled" })).toBe(false);
  });
});

describe("a release that is made", () => {
  it("says its stage and whole percents, never more than is done", () => {
    expect(stageWords(job)).toBe("Writing the tables, 47 %");
    expect(stageWords({ ...job, progress: null })).toBe("Writing the tables …");
    expect(stageWords({ ...job, stage: "new-stage", progress: 1 })).toBe("New-stage, 100 %");
  });

  it("says how long is left once it was watched for some seconds", () => {
    const since = { at: 0, done: 0.2 };
    expect(leftWords(0.4, since, 10_000)).toBe("about 30 s left"); // .6 to go at .02 a second
    expect(leftWords(0.21, since, 10_000)).toBe("about 13 minutes left"); // .79 at .001: 790 s
    expect(leftWords(0.4, since, 2_000)).toBe("");
    expect(leftWords(0.2, since, 10_000)).toBe("");
    expect(leftWords(1, since, 10_000)).toBe("");
  });

  it("says its place in the queue before", () => {
    expect(stageWords({ ...job, state: "queued", place: 3 })).toBe("Place 3 in the queue");
  });
});

import { describe, expect, it } from "vitest";
import { kindOf, resumedLine, resumeWords, stepLine, viewOf } from "./runview";
import type { Run } from "./types";

const run = {
  state: "running",
  stage: "training",
  progress: 0.3,
  eta_s: 148,
  job: { place: 0, error: { title: "Killed." } },
  step: 1200,
  of: 4000,
  loss: 1.2341,
  memory_mb: 812.4,
  checkpoints: [500, 1000],
  resumed: null,
  error: null,
} as unknown as Run;

describe("a run in words", () => {
  it("says step, loss, time and memory while it runs", () => {
    expect(stepLine(run)).toBe(
      "Step 1,200 of 4,000 · training loss 1.234 nats a fixation · about 2 min left of training · 812 MB of memory",
    );
  });

  it("says no time left when it is over", () => {
    expect(stepLine({ ...run, state: "done" })).toBe(
      "Step 1,200 of 4,000 · training loss 1.234 nats a fixation · 812 MB of memory",
    );
    expect(stepLine({ ...run, step: null, state: "queued" })).toBe("");
    expect(stepLine({ ...run, step: 0, of: null, stage: "data" })).toBe("");
  });

  it("names the checkpoint that it would resume from", () => {
    expect(resumeWords(run)).toBe("Resume from step 1,000");
    expect(resumeWords({ checkpoints: [], version: null })).toBe("Start it again");
    const version = { sha256: "1", name: "New", state: "candidate" } as const;
    expect(resumeWords({ checkpoints: [1000], version })).toBe("Resume at the gate");
    expect(kindOf(run).cancelled).toContain("checkpoint of step 1,000 is kept");
    expect(kindOf({ ...run, checkpoints: [] }).cancelled).toContain("Nothing had been kept");
  });

  it("says what it went on from", () => {
    expect(resumedLine(run)).toBe("");
    expect(resumedLine({ resumed: 1000 })).toContain("went on from its checkpoint of step 1,000");
  });

  it("counts within a stage that counts something", () => {
    expect(viewOf({ ...run, stage: "data", stage_done: 3, stage_of: 40 }).counted).toEqual([3, 40]);
    expect(viewOf({ ...run, stage_done: null }).counted).toBe(null);
  });

  it("shows a reason only when it failed", () => {
    expect(viewOf(run).problem).toBe(null);
    expect(viewOf({ ...run, state: "failed" }).problem?.title).toBe("Killed.");
  });
});

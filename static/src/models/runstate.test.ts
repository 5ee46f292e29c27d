import { describe, expect, it } from "vitest";
import { begun, fold } from "./runstate";
import type { Run } from "./types";

const start = {
  id: "r",
  state: "queued",
  stage: "",
  progress: null,
  eta_s: null,
  job: { id: "j", state: "queued", stage: "", progress: null, error: null },
  stage_done: null,
  stage_of: null,
  step: null,
  of: null,
  loss: null,
  memory_mb: null,
  losses: [],
  validation: [],
  checkpoints: [],
  resumed: null,
  error: null,
} as unknown as Run;

type Event = [type: string, data: Record<string, unknown>];
const folded = (events: Event[], run = start): Run => events.reduce((now, [type, data]) => fold(now, type, data), run);
const step = (at: number, loss = 2 - at / 100): Event => [
  "run.step",
  { step: at, of: 200, loss, eta_s: 200 - at, memory_mb: 800 },
];

describe("a run that goes", () => {
  it("says stage and share", () => {
    expect(folded([["run.stage", { stage: "preparing", done: 3, of: 12 }]])).toMatchObject({
      state: "running",
      stage: "preparing",
      share: 0.25,
      stage_done: 3,
      stage_of: 12,
    });
    expect(folded([["run.stage", { stage: "data", done: 3, of: 12 }], step(1)])).toMatchObject({ stage_of: null });
    expect(folded([["run.stage", { stage: "saving", done: null, of: null }]]).share).toBe(null);
  });

  it("keeps how much of the whole is done apart from how much of the stage", () => {
    const run = folded([step(100), ["job.stage", { stage: "training", progress: 0.47 }]]);
    expect(run).toMatchObject({ stage: "training", progress: 0.47, share: 0.5 });
    expect(fold(run, ...step(150))).toMatchObject({ progress: 0.47, share: 0.75 });
  });

  it("knows the share of its stage when it comes from the server", () => {
    const running = { ...start, state: "running", stage: "training", step: 30, of: 120 } as const;
    expect(begun(running).share).toBe(0.25);
    expect(begun({ ...running, stage: "judging" }).share).toBe(null);
    expect(begun({ ...running, stage: "data", stage_done: 3, stage_of: 12 }).share).toBe(0.25);
    expect(begun({ ...running, state: "failed" }).share).toBe(null);
  });

  it("counts steps, with loss, memory and the time that is left", () => {
    expect(folded([step(1, 1.9), step(50, 1.5)])).toMatchObject({
      state: "running",
      stage: "training",
      step: 50,
      of: 200,
      share: 0.25,
      loss: 1.5,
      eta_s: 150,
      memory_mb: 800,
      losses: [
        [1, 1.9],
        [50, 1.5],
      ],
    });
  });

  it("says no time left in a stage that counts no steps", () => {
    expect(folded([step(1), ["run.stage", { stage: "comparing" }]]).eta_s).toBe(null);
  });

  it("keeps validation losses and checkpoints apart", () => {
    const run = folded([step(100), ["run.validated", { step: 100, loss: 1.1 }], ["run.checkpoint", { step: 100 }]]);
    expect(run.validation).toEqual([[100, 1.1]]);
    expect(run.checkpoints).toEqual([100]);
    expect(run.losses).toHaveLength(1);
  });

  it("leaves a loss that is no number out of the curve", () => {
    const run = folded([step(1, 1.5), ["run.step", { step: 2, of: 200, loss: Number.NaN }]]);
    expect(run.losses).toEqual([[1, 1.5]]);
    expect(run).toMatchObject({ step: 2, loss: 1.5 });
  });

  it("draws a long run with few points, and ends with the newest", () => {
    const run = folded(Array.from({ length: 3000 }, (_, at) => step(at + 1)));
    expect(run.losses.length).toBeLessThanOrEqual(1200);
    expect(run.losses[0]?.[0]).toBe(1);
    expect(run.losses[run.losses.length - 1]?.[0]).toBe(3000);
  });

  it("does not change what it was given", () => {
    const first = folded([step(1)]);
    fold(first, ...step(2));
    expect(first.losses).toHaveLength(1);
  });
});

describe("a run that resumes", () => {
  const before = folded([
    ...[90, 100, 110, 120].map((at) => step(at)),
    ["run.validated", { step: 100, loss: 1.1 }],
    ["run.checkpoint", { step: 100 }],
    ["run.validated", { step: 120, loss: 0.9 }],
    ["run.checkpoint", { step: 120 }],
  ]);

  it("voids what came after the checkpoint, and keeps that one", () => {
    const run = fold(before, "run.resumed", { step: 100 });
    expect(run.losses.map(([at]) => at)).toEqual([90, 100]);
    expect(run.validation).toEqual([[100, 1.1]]);
    expect(run.checkpoints).toEqual([100]);
    expect(run).toMatchObject({ step: 100, loss: 1, resumed: 100, state: "running" });
  });

  it("voids the same where only the next step tells", () => {
    const run = folded([step(101, 0.5)], before);
    expect(run.losses.map(([at]) => at)).toEqual([90, 100, 101]);
    expect(run.validation).toEqual([[100, 1.1]]);
    expect(run.checkpoints).toEqual([100]);
  });

  it("begins anew from nothing when it goes back to the beginning", () => {
    expect(fold(before, "run.resumed", { step: 0 })).toMatchObject({
      losses: [],
      validation: [],
      checkpoints: [],
      loss: null,
      step: 0,
    });
  });

  it("counts on after it", () => {
    const run = folded([["run.resumed", { step: 100 }], step(101, 0.7), step(130, 0.6)], before);
    expect(run.losses.map(([at]) => at)).toEqual([90, 100, 101, 130]);
    expect(run.loss).toBe(0.6);
  });
});

describe("the job behind a run", () => {
  it("waits, runs, is over, with its reason", () => {
    const error = { title: "The loss is no number any more." };
    const run = folded([step(3), ["job.state", { state: "failed", error }]]);
    expect(run).toMatchObject({ state: "failed", error, eta_s: null, share: null });
    expect(run.job?.state).toBe("failed");
    expect(run.losses).toHaveLength(1);
    expect(fold(run, "job.state", { state: "queued" })).toMatchObject({ state: "queued", error: null });
  });

  it("keeps how far the run is while it merely goes on", () => {
    const run = folded([step(50), ["job.state", { state: "running" }]]);
    expect(run).toMatchObject({ share: 0.25, eta_s: 150 });
  });
});

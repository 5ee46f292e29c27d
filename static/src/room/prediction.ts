/** Follows one prediction from asking to done: its state, its fixations in order, and who wants to know. */
import { api } from "../lib/api";
import type { Live } from "../lib/live";
import { Problem, type ProblemData } from "../lib/problem";
import type { Fixation, JobData, JobState, PredictionData, Reading, Scanpath } from "../lib/types";

export interface PredictionState {
  id: string | null;
  state: JobState | "none" | "asking";
  stage: string;
  place: number | null;
  problem: ProblemData | null;
  data: PredictionData | null;
  reading: Reading | null;
  samples: Scanpath[]; // what is there so far
}

const NONE: PredictionState = {
  id: null,
  state: "none",
  stage: "",
  place: null,
  problem: null,
  data: null,
  reading: null,
  samples: [],
};

export class PredictionFollower {
  now: PredictionState = { ...NONE };
  /** Whether fixations came while we watched (then they are drawn as they come). */
  live = false;
  private stop: (() => void) | null = null;

  constructor(
    private readonly live_: Live,
    private readonly changed: (state: PredictionState) => void,
  ) {}

  get waiting(): boolean {
    return ["asking", "queued", "running"].includes(this.now.state);
  }

  /** Ask for a prediction of the case with so many samples; an existing one answers at once. */
  async ask(caseId: string, samples: number): Promise<void> {
    const before = this.now;
    this.set({ state: "asking", problem: null, stage: "", place: null });
    try {
      const data = await api<PredictionData>("POST", `/api/v1/cases/${caseId}/predictions/`, { samples, seed: 0 });
      this.follow(data.id, data);
    } catch (error) {
      const failed = before.reading ? before.state : "failed";
      this.now = { ...before, state: failed, problem: Problem.of(error).data };
      this.changed(this.now);
    }
  }

  follow(id: string, known?: PredictionData): void {
    if (this.now.id === id && !known) return;
    this.stop?.();
    this.now = { ...NONE, id, state: "asking" };
    this.live = false;
    if (known) this.take(known);
    else this.changed(this.now);
    this.stop = this.live_.follow(`prediction:${id}`, {
      snapshot: (state) => this.take(state as unknown as PredictionData),
      event: (type, data) => this.event(type, data),
      queue: (place) => this.waiting && this.set({ place }),
      refused: (code) => code === 404 && void this.why(id),
    });
  }

  /** The live line only says no; the address says why. */
  private async why(id: string): Promise<void> {
    try {
      this.take(await api<PredictionData>("GET", `/api/v1/predictions/${id}/`));
    } catch (error) {
      const { data, status } = Problem.of(error);
      const gone = { title: "This prediction is no longer here." };
      this.set({ state: "failed", problem: status === 404 ? gone : data });
    }
  }

  async cancel(): Promise<void> {
    const job = this.now.data?.job?.id;
    if (job) await api<JobData>("POST", `/api/v1/jobs/${job}/cancel/`);
  }

  private take(data: PredictionData): void {
    if (data.reading) {
      this.done(data, data.reading);
      return;
    }
    this.set({
      data,
      state: data.state,
      stage: data.job?.stage ?? this.now.stage,
      place: data.job?.place ?? this.now.place,
      problem: data.job?.error ?? null,
    });
  }

  private event(type: string, data: Record<string, unknown>): void {
    if (this.now.state === "done") return; // the reading is here already
    if (type === "job.state") {
      const state = data.state as JobState;
      if (state === "queued") this.set({ state, stage: "", samples: [] });
      else if (state !== "done") this.set({ state, problem: (data.error as ProblemData | null) ?? this.now.problem });
    } else if (type === "prediction.stage") {
      this.set({ state: "running", stage: String(data.stage), place: 0 });
    } else if (type === "prediction.fixations") {
      this.live = true;
      const fixations = data.fixations as Fixation[];
      const before = this.now.samples[0]?.fixations ?? [];
      const path = [...before.slice(0, Number(data.from)), ...fixations]; // a second attempt starts from 0 again
      this.set({ state: "running", samples: [{ fixations: path, source: "model", capped: false }] });
    } else if (type === "prediction.failed") {
      this.set({ state: "failed", problem: data.problem as ProblemData });
    } else if (type === "prediction.done") {
      void this.fetch();
    }
  }

  private async fetch(): Promise<void> {
    try {
      this.take(await api<PredictionData>("GET", `/api/v1/predictions/${this.now.id}/`));
    } catch (error) {
      this.set({ state: "failed", problem: Problem.of(error).data });
    }
  }

  private done(data: PredictionData, reading: Reading): void {
    if (this.now.state === "done" && this.now.id === data.id) return;
    this.set({ data, reading, state: "done", samples: reading.samples, problem: null, stage: "", place: null });
  }

  private set(change: Partial<PredictionState>): void {
    this.now = { ...this.now, ...change };
    this.changed(this.now);
  }
}

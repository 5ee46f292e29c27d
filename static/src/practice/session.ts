/** One tab's recording of one attempt: from the film's first frame, through pauses, to the last part that is stored. */
import type { FilmViewport } from "../parts/filmviewport";
import type { FilmViewer } from "../viewer/viewer";
import type { Aperture } from "./aperture";
import { Clock } from "./clock";
import { Recorder } from "./recorder";
import { Sender } from "./sender";
import { SessionStore } from "./store";
import type { Happening, RecordingData, ViewLog } from "./types";

const TICK_MS = 16;
const PART_MS = 1_000;

export class Session {
  readonly clock = new Clock();
  readonly recorder: Recorder;
  readonly sender: Sender;
  /** Why the clock stands although the reading goes on. */
  paused: "blur" | "hidden" | null = null;

  /** The reading is done, and its last parts are on their way. */
  finished = false;

  private began = false;
  private over = false;
  private away = 0; // ms of the browser's clock when the pause began
  private box = "";
  private readonly resumed: boolean;
  private readonly timers: number[] = [];
  private readonly gone = new AbortController();

  constructor(
    private readonly viewport: FilmViewport,
    private readonly aperture: Aperture,
    recording: RecordingData,
    private readonly changed: () => void,
  ) {
    this.sender = new Sender(recording, new SessionStore(recording.id), changed);
    this.recorder = new Recorder(this.clock, (part, end) => this.sender.put(part, end));
    this.resumed = this.sender.count > 0;
  }

  get recording(): boolean {
    return this.logging && !this.paused;
  }

  private get logging(): boolean {
    return this.began && !this.finished && !this.over;
  }

  /** The clock starts with the first frame that shows the film. */
  begin(): void {
    const { viewer } = this.viewport;
    this.sender.start();
    const first = viewer.onRender(() => {
      if (!viewer.film) return; // still on its way
      first();
      this.began = true;
      this.recorder.begin(this.sender.end);
      this.clock.start(this.sender.end);
      if (this.resumed) this.recorder.event("resume");
      this.look();
      this.view();
      this.listen();
      this.changed();
    });
    viewer.render();
  }

  /** Another disc, or none. */
  look(): void {
    if (this.logging) this.recorder.event("aperture", this.aperture.facts);
  }

  pause(why: "blur" | "hidden"): void {
    if (!this.recording) {
      if (this.logging) this.recorder.event(why);
      return;
    }
    this.recorder.event(why);
    this.recorder.pause();
    this.clock.stop();
    this.recorder.cut();
    this.paused = why;
    this.away = performance.now();
    this.changed();
  }

  goOn(): void {
    if (!this.paused || this.over) return;
    const away_s = Math.round(performance.now() - this.away) / 1_000;
    this.paused = null;
    this.clock.start();
    this.recorder.event("resume", { away_s });
    this.changed();
  }

  /** The time of the commit; resolves when all parts are stored or none can be. */
  async finish(): Promise<void> {
    if (this.recording) {
      this.recorder.pause();
      this.clock.stop();
    }
    this.finished = true;
    this.recorder.cut();
    await this.sender.drained();
  }

  /** A commit that did not come about: the reading goes on. */
  unfinish(): void {
    this.finished = false;
    if (this.over || this.paused) return;
    this.clock.start();
    this.recorder.event("resume");
  }

  end(): void {
    this.over = true;
    this.clock.stop();
    this.gone.abort();
    for (const timer of this.timers) window.clearInterval(timer);
  }

  private listen(): void {
    const { signal } = this.gone;
    const happened = (name: Happening) => this.logging && this.recorder.event(name);
    window.addEventListener("blur", () => this.pause("blur"), { signal });
    window.addEventListener("focus", () => happened("focus"), { signal });
    window.addEventListener("online", () => this.sender.hurry(), { signal });
    document.addEventListener(
      "visibilitychange",
      () => {
        if (!document.hidden) return void happened("visible");
        this.pause("hidden");
        this.leave();
      },
      { signal },
    );
    window.addEventListener("pagehide", () => this.leave(), { signal });
    signal.addEventListener(
      "abort",
      this.viewport.viewer.onRender(() => this.view()),
    );
    const { aperture, recorder } = this;
    this.timers.push(
      window.setInterval(() => recorder.rest(aperture.on ? aperture.place : null), TICK_MS),
      window.setInterval(() => recorder.cut(), PART_MS),
    );
    if (document.hidden || !document.hasFocus()) this.pause(document.hidden ? "hidden" : "blur");
  }

  private leave(): void {
    this.recorder.cut();
    this.sender.flush();
  }

  private view(): void {
    const log = viewLog(this.viewport.viewer);
    const box = JSON.stringify(log.box);
    if (this.box && box !== this.box) this.recorder.event("resize", { width: log.box[0], height: log.box[1] });
    this.box = box;
    this.recorder.view(log);
  }
}

export function viewLog({ view, windowCenter, windowWidth, invert }: FilmViewer): ViewLog {
  const round = (value: number, parts = 1e4) => Math.round(value * parts) / parts;
  return {
    scale: round(view.scale, 1e6),
    x: round(view.center.x / view.columns, 1e5),
    y: round(view.center.y / view.rows, 1e5),
    rotation: view.turns * 90,
    flip: false,
    center: round(windowCenter),
    width: round(windowWidth),
    invert,
    box: [round(view.width), round(view.height)],
  };
}

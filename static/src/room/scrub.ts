/** The replay bar: play, step, scrub, speed, and a strip that shows where fixations begin and how long they last. */
import { must } from "../lib/dom";
import type { Replay } from "./replay";

export class ReplayBar {
  private readonly slider = must<HTMLInputElement>("[data-scrub]");
  private readonly clock = must<HTMLElement>("[data-clock]");
  private readonly play = must<HTMLButtonElement>("[data-play]");
  private readonly ticks = must<HTMLCanvasElement>("[data-ticks]");
  private readonly speed = must<HTMLSelectElement>("[data-speed]");
  private drawn = "";

  constructor(private readonly replay: Replay) {
    this.slider.addEventListener("input", () => {
      if (replay.playing) replay.pause();
      replay.seek(Number(this.slider.value));
    });
    this.play.addEventListener("click", () => replay.toggle());
    this.speed.addEventListener("change", () => {
      replay.speed = Number(this.speed.value);
    });
    must("[data-prev]").addEventListener("click", () => replay.jump(replay.current - 1));
    must("[data-next]").addEventListener("click", () => replay.jump(replay.current + 1));
    new ResizeObserver(() => {
      this.drawn = "";
      this.update();
    }).observe(this.ticks);
  }

  /** One step faster (+1) or slower (-1). */
  changeSpeed(step: number): void {
    const index = Math.min(Math.max(this.speed.selectedIndex + step, 0), this.speed.options.length - 1);
    this.speed.selectedIndex = index;
    this.replay.speed = Number(this.speed.value);
  }

  update(): void {
    const { replay } = this;
    const empty = replay.fixations.length === 0;
    for (const control of document.querySelectorAll<HTMLButtonElement>(".replay button, .replay input")) {
      control.disabled = empty;
    }
    this.slider.max = String(Math.max(replay.end, 0.01));
    this.slider.value = String(replay.time);
    const total = replay.fixations.length;
    this.slider.setAttribute(
      "aria-valuetext",
      `${replay.time.toFixed(1)} s, fixation ${replay.current + 1} of ${total}`,
    );
    this.clock.textContent = `${replay.time.toFixed(1)} / ${replay.end.toFixed(1)} s`;
    this.play.setAttribute("aria-label", replay.playing ? "Pause" : "Play");
    must("use", this.play).setAttribute("href", replay.playing ? "#i-pause" : "#i-play");
    this.strip();
  }

  private strip(): void {
    const { fixations, end, current } = this.replay;
    const key = `${fixations.length} ${end} ${current} ${this.ticks.clientWidth}`;
    const paint = this.ticks.getContext("2d");
    if (key === this.drawn || !paint) return;
    this.drawn = key;
    const dpr = window.devicePixelRatio || 1;
    const width = this.ticks.clientWidth;
    const height = this.ticks.clientHeight;
    this.ticks.width = width * dpr;
    this.ticks.height = height * dpr;
    paint.scale(dpr, dpr);
    const inset = 8; // half the slider's thumb: its ends stand there
    for (const [index, { onset_s, duration_s }] of fixations.entries()) {
      const left = inset + (onset_s / end) * (width - 2 * inset);
      const wide = Math.max((duration_s / end) * (width - 2 * inset) - 1.5, 1);
      paint.fillStyle = index === current ? "#7cc4ff" : index < current ? "#bdbdbd" : "#666";
      paint.fillRect(left, index === current ? 1 : 4, wide, index === current ? height - 2 : height - 8);
    }
  }
}

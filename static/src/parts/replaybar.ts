/**
 * The replay bar: play, step, scrub, speed, and a strip with a lane a scanpath: when fixations begin and how long. A bar
 * that is *plain* says nothing about the fixations: neither how many there are nor when, and whole seconds only.
 */
import { el, icon, must } from "../lib/dom";
import type { Replay } from "./replay";
import { currentAt } from "./track";

const SPEEDS = [0.5, 1, 2, 4];
const PLAIN_SPEEDS = [1, 2];
const INSET_PX = 8; // half the slider's thumb: its ends stand there
const STRIP_PX = 18; // shared by the lanes, so that the film does not move when there are more of them

export class ReplayBar {
  private readonly prev = this.button("prev", "Fixation before", "←", () => this.replay.jump(this.replay.current - 1));
  private readonly play = this.button("play", "Play", "space", () => this.replay.toggle());
  private readonly next = this.button("next", "Next fixation", "→", () => this.replay.jump(this.replay.current + 1));
  private readonly ticks = el("canvas", { class: "ticks", "data-ticks": true, "aria-hidden": "true" });
  private readonly slider = el("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.01,
    value: 0,
    "data-scrub": true,
    "aria-label": "Time in the reading",
  });
  private readonly clock = el("output", { class: "clock numbers", "data-clock": true });
  private readonly speed = el("select", { "data-speed": true, "aria-label": "Speed" });
  private readonly speeds: readonly number[];
  private readonly twins: HTMLButtonElement[];
  private readonly watch = new ResizeObserver(() => this.update());
  private readonly forget: () => void;
  private drawn = "";

  constructor(
    private readonly host: HTMLElement,
    private readonly replay: Replay,
    private readonly plain = false,
  ) {
    this.speeds = plain ? PLAIN_SPEEDS : SPEEDS;
    this.speed.append(
      ...this.speeds.map((speed) => el("option", { value: speed, selected: speed === 1 }, `${speed}×`)),
    );
    this.twins = (plain ? this.speeds : []).map((speed, index) => this.twin(speed, index));
    this.slider.addEventListener("input", () => {
      if (replay.playing) replay.pause();
      replay.seek(Number(this.slider.value));
    });
    this.speed.addEventListener("change", () => this.setSpeed(this.speed.selectedIndex));
    const scrub = el("div", { class: "scrub" }, plain ? null : this.ticks, this.slider);
    if (plain) {
      const twins = el("div", { class: "speeds", role: "group", "aria-label": "Speed" }, ...this.twins);
      host.replaceChildren(this.play, scrub, this.clock, twins);
    } else host.replaceChildren(this.prev, this.play, this.next, scrub, this.clock, this.speed);
    this.watch.observe(this.ticks);
    this.forget = replay.onChange(() => this.update());
    this.update();
  }

  /** One step faster (+1) or slower (-1). */
  changeSpeed(step: number): void {
    this.setSpeed(Math.min(Math.max(this.speed.selectedIndex + step, 0), this.speeds.length - 1));
  }

  /** The next speed, and the first one after the last. */
  nextSpeed(): void {
    this.setSpeed((this.speed.selectedIndex + 1) % this.speeds.length);
  }

  destroy(): void {
    this.forget();
    this.watch.disconnect();
    this.host.replaceChildren();
  }

  private update(): void {
    const { slider, replay } = this;
    for (const control of [this.prev, this.play, this.next, slider]) control.disabled = replay.empty;
    slider.max = String(Math.max(replay.end, 0.01));
    slider.value = String(replay.time);
    const plain = `${Math.floor(replay.time)} of ${Math.ceil(replay.end)} s`;
    const words = `${replay.time.toFixed(1)} s, fixation ${replay.current + 1} of ${replay.fixations.length}`;
    slider.setAttribute("aria-valuetext", this.plain ? plain : words);
    this.clock.textContent = this.plain ? plain : `${replay.time.toFixed(1)} / ${replay.end.toFixed(1)} s`;
    this.play.setAttribute("aria-label", replay.playing ? "Pause" : "Play");
    must("use", this.play).setAttribute("href", replay.playing ? "#i-pause" : "#i-play");
    if (!this.plain) this.strip();
  }

  private setSpeed(index: number): void {
    this.speed.selectedIndex = index;
    this.replay.speed = Number(this.speed.value);
    for (const [at, twin] of this.twins.entries()) twin.setAttribute("aria-pressed", String(at === index));
  }

  private twin(speed: number, index: number): HTMLButtonElement {
    const words = `${speed}×`;
    const made = el(
      "button",
      { class: "tool", type: "button", "data-speed": speed, "aria-pressed": speed === 1 ? "true" : "false" },
      words,
    );
    made.addEventListener("click", () => this.setSpeed(index));
    return made;
  }

  private strip(): void {
    const { tracks, lead, end, time } = this.replay;
    const lane = STRIP_PX / Math.max(tracks.length, 1);
    const width = this.ticks.clientWidth;
    const dpr = window.devicePixelRatio || 1;
    const now = tracks.map(({ id, fixations }) => [id, fixations.length, currentAt(fixations, time)]);
    const key = JSON.stringify([now, lead, end, width, dpr]);
    const paint = this.ticks.getContext("2d");
    if (key === this.drawn || !paint) return;
    this.drawn = key;
    this.ticks.height = STRIP_PX * dpr;
    this.ticks.width = width * dpr;
    paint.scale(dpr, dpr);
    for (const [index, { fixations, style }] of tracks.entries()) {
      const current = currentAt(fixations, time);
      const top = index * lane;
      for (const [number, { onset_s, duration_s }] of fixations.entries()) {
        const left = INSET_PX + (onset_s / end) * (width - 2 * INSET_PX);
        const wide = Math.max((duration_s / end) * (width - 2 * INSET_PX) - 1.5, 1);
        const inset = lane * (number === current ? 0.06 : 0.25);
        paint.fillStyle = number === current ? style.now : number < current ? mix(style.color) : "#666";
        paint.fillRect(left, top + inset, wide, lane - 2 * inset);
      }
    }
  }

  private button(name: string, words: string, key: string, run: () => void): HTMLButtonElement {
    const made = el(
      "button",
      { class: "tool", type: "button", [`data-${name}`]: true, "aria-label": words, title: `${words} (${key})` },
      icon(name),
    );
    made.addEventListener("click", run);
    return made;
  }
}

/** What has been steps back: three quarters of the colour's light. */
function mix(color: string): string {
  const parts = [1, 3, 5].map((at) => Math.round(Number.parseInt(color.slice(at, at + 2), 16) * 0.74));
  return `rgb(${parts.join(" ")})`;
}

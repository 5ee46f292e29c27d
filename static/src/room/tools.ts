/** Every tool of the room once: its key, its words for the help, and its button where the page has one. */
import { addKeys } from "../lib/keys";
import type { Gestures } from "../viewer/gestures";
import type { FilmViewer } from "../viewer/viewer";
import type { Shown } from "./overlay";
import type { Replay } from "./replay";
import type { ReplayBar } from "./scrub";

export interface Room {
  viewer: FilmViewer;
  gestures: Gestures;
  replay: Replay;
  bar: ReplayBar;
  shown: Shown;
  heat: boolean;
  spot: boolean;
  preset: (index: number) => void;
  sample: (step: number) => void;
  ask: (samples: number) => void;
  refresh: () => void;
}

interface ToolSpec {
  name: string; // of the button: data-do
  keys: string[];
  group: string;
  what: string;
  run: () => void;
  pressed?: () => boolean;
  release?: () => void;
}

const PAN_PX = 60;
const ZOOM = 1.25;

export function addTools(room: Room): { refresh: () => void } {
  const { viewer, gestures, replay, bar, shown } = room;
  const flip = (change: () => void) => () => {
    change();
    room.refresh();
  };
  const pan = (dx: number, dy: number) => () => viewer.pan(dx * PAN_PX, dy * PAN_PX);
  const level = (center: number, width: number) => () => {
    const step = (viewer.film?.window_width ?? 0) / 25;
    viewer.window(viewer.windowCenter + center * step, viewer.windowWidth + width * step);
  };
  const F = "Film";
  const W = "Window";
  const O = "Over the film";
  const R = "Replay";
  const specs: ToolSpec[] = [
    {
      name: "tool-window",
      keys: ["w"],
      group: F,
      what: "Drag changes the window",
      run: flip(() => {
        gestures.tool = "window";
      }),
      pressed: () => gestures.tool === "window",
    },
    {
      name: "tool-pan",
      keys: ["m"],
      group: F,
      what: "Drag moves the film",
      run: flip(() => {
        gestures.tool = "pan";
      }),
      pressed: () => gestures.tool === "pan",
    },
    { name: "zoom-in", keys: ["+", "="], group: F, what: "Zoom in", run: () => viewer.zoom(viewer.view.scale * ZOOM) },
    { name: "zoom-out", keys: ["-"], group: F, what: "Zoom out", run: () => viewer.zoom(viewer.view.scale / ZOOM) },
    { name: "fit", keys: ["0", "f"], group: F, what: "Fit the film to the screen", run: () => viewer.fit() },
    { name: "one", keys: ["o"], group: F, what: "One film pixel to one screen pixel", run: () => viewer.zoom(1) },
    { name: "rotate", keys: ["r"], group: F, what: "Turn clockwise", run: () => viewer.turn(1) },
    { name: "rotate-back", keys: ["Shift+r"], group: F, what: "Turn back", run: () => viewer.turn(-1) },
    {
      name: "invert",
      keys: ["i"],
      group: F,
      what: "Invert",
      run: flip(() => viewer.setInvert(!viewer.invert)),
      pressed: () => viewer.invert,
    },
    { name: "reset", keys: ["Backspace"], group: F, what: "All as it was", run: flip(() => viewer.reset()) },
    { name: "pan-left", keys: ["Shift+ArrowLeft"], group: F, what: "Move left", run: pan(1, 0) },
    { name: "pan-right", keys: ["Shift+ArrowRight"], group: F, what: "Move right", run: pan(-1, 0) },
    { name: "pan-up", keys: ["Shift+ArrowUp"], group: F, what: "Move up", run: pan(0, 1) },
    { name: "pan-down", keys: ["Shift+ArrowDown"], group: F, what: "Move down", run: pan(0, -1) },
    ...[
      "As stored",
      "More contrast",
      "Less contrast",
      "Dark parts (lungs)",
      "Bright parts (mediastinum, bone)",
      "All values",
    ].map((what, index) => ({
      name: `preset-${index}`,
      keys: [String(index + 1)],
      group: W,
      what,
      run: () => room.preset(index),
    })),
    { name: "brighter", keys: ["ArrowUp"], group: W, what: "Brighter", run: level(-1, 0) },
    { name: "darker", keys: ["ArrowDown"], group: W, what: "Darker", run: level(1, 0) },
    { name: "wider", keys: ["."], group: W, what: "Wider window", run: level(0, 1) },
    { name: "narrower", keys: [","], group: W, what: "Narrower window", run: level(0, -1) },
    {
      name: "path",
      keys: ["p"],
      group: O,
      what: "Fixations and path",
      run: flip(() => {
        shown.path = !shown.path;
      }),
      pressed: () => shown.path,
    },
    {
      name: "ellipses",
      keys: ["e"],
      group: O,
      what: "Uncertainty: 1 sd solid, 2 sd dashed",
      run: flip(() => {
        shown.ellipses = !shown.ellipses;
      }),
      pressed: () => shown.ellipses,
    },
    {
      name: "heat",
      keys: ["d"],
      group: O,
      what: "Dwell map",
      run: flip(() => {
        room.heat = !room.heat;
      }),
      pressed: () => room.heat,
    },
    {
      name: "spot",
      keys: ["s"],
      group: O,
      what: "Spotlight: sharp only where it looks",
      run: flip(() => {
        room.spot = !room.spot;
      }),
      pressed: () => room.spot,
    },
    {
      name: "hide",
      keys: ["h"],
      group: O,
      what: "Hold: only the film",
      run: flip(() => {
        shown.hidden = true;
      }),
      release: flip(() => {
        shown.hidden = false;
      }),
      pressed: () => shown.hidden,
    },
    { name: "play", keys: [" "], group: R, what: "Play or pause", run: () => replay.toggle() },
    {
      name: "prev",
      keys: ["ArrowLeft"],
      group: R,
      what: "Fixation before",
      run: () => replay.jump(replay.current - 1),
    },
    { name: "next", keys: ["ArrowRight"], group: R, what: "Next fixation", run: () => replay.jump(replay.current + 1) },
    { name: "start", keys: ["Home"], group: R, what: "To the start", run: () => replay.jump(0) },
    { name: "end", keys: ["End"], group: R, what: "To the end", run: () => replay.toEnd() },
    { name: "faster", keys: ["Shift+f"], group: R, what: "Faster", run: () => bar.changeSpeed(1) },
    { name: "slower", keys: ["Shift+s"], group: R, what: "Slower", run: () => bar.changeSpeed(-1) },
    { name: "sample-before", keys: ["["], group: R, what: "Sample before", run: () => room.sample(-1) },
    { name: "sample-next", keys: ["]"], group: R, what: "Next sample", run: () => room.sample(1) },
    { name: "samples-1", keys: ["!"], group: R, what: "One sample", run: () => room.ask(1) },
    { name: "samples-5", keys: ["%"], group: R, what: "Five samples", run: () => room.ask(5) },
  ];
  const buttons: [HTMLButtonElement, ToolSpec][] = [];
  for (const spec of specs) {
    const { release } = spec;
    addKeys({ keys: spec.keys, group: spec.group, what: spec.what, run: spec.run, ...(release ? { release } : {}) });
    const button = document.querySelector<HTMLButtonElement>(`[data-do="${spec.name}"]`);
    if (!button) continue;
    const key = spec.keys[0] === "Backspace" ? "Backspace" : spec.keys[0]?.toUpperCase();
    button.title = `${spec.what} (${key})`;
    button.setAttribute("aria-label", spec.what);
    if (release) {
      button.addEventListener("pointerdown", spec.run);
      for (const end of ["pointerup", "pointerleave", "pointercancel"]) button.addEventListener(end, release);
    } else {
      button.addEventListener("click", spec.run);
    }
    buttons.push([button, spec]);
  }
  return {
    refresh() {
      for (const [button, spec] of buttons) {
        if (spec.pressed) button.setAttribute("aria-pressed", String(spec.pressed()));
      }
    },
  };
}

/** The tools that every viewport, replay and window box offers; a page puts those it wants into its toolbar. */
import type { FilmViewport } from "./filmviewport";
import type { ReplayBar } from "./replaybar";
import type { Tool } from "./toolbar";
import type { WindowBox } from "./windowbox";

const PAN_PX = 60;
const ZOOM = 1.25;

/** What a drag with the left button or one finger does. */
export function dragTools(viewport: FilmViewport): Tool[] {
  const take = (tool: "window" | "pan") => ({
    run: () => {
      viewport.gestures.tool = tool;
      viewport.refresh();
    },
    pressed: () => viewport.gestures.tool === tool,
  });
  return [
    {
      name: "tool-window",
      keys: ["w"],
      group: "Film",
      what: "Drag changes the window",
      icon: "window",
      ...take("window"),
    },
    { name: "tool-pan", keys: ["m"], group: "Film", what: "Drag moves the film", icon: "pan", ...take("pan") },
  ];
}

/** Zoom, turn, invert, move. */
export function filmTools(viewport: FilmViewport): Tool[] {
  const { viewer } = viewport;
  const tool = (
    name: string,
    key: string | string[],
    what: string,
    run: () => void,
    more: Partial<Tool> = {},
  ): Tool => ({
    name,
    keys: [key].flat(),
    group: "Film",
    what,
    run: () => {
      run();
      viewport.refresh();
    },
    ...more,
  });
  const pan = (dx: number, dy: number) => () => viewer.pan(dx * PAN_PX, dy * PAN_PX);
  return [
    tool("zoom-in", ["+", "="], "Zoom in", () => viewer.zoom(viewer.view.scale * ZOOM), { icon: "zoom-in" }),
    tool("zoom-out", "-", "Zoom out", () => viewer.zoom(viewer.view.scale / ZOOM), { icon: "zoom-out" }),
    tool("fit", ["0", "f"], "Fit the film to the screen", () => viewer.fit(), { icon: "fit" }),
    tool("one", "o", "One film pixel to one screen pixel", () => viewer.zoom(1), { text: "1:1" }),
    tool("rotate", "r", "Turn clockwise", () => viewer.turn(1), { icon: "rotate" }),
    tool("rotate-back", "Shift+r", "Turn back", () => viewer.turn(-1)),
    tool("invert", "i", "Invert", () => viewer.setInvert(!viewer.invert), {
      icon: "invert",
      pressed: () => viewer.invert,
    }),
    tool("reset", "Backspace", "All as it was", () => viewer.reset(), { icon: "reset" }),
    tool("pan-left", "Shift+ArrowLeft", "Move left", pan(1, 0)),
    tool("pan-right", "Shift+ArrowRight", "Move right", pan(-1, 0)),
    tool("pan-up", "Shift+ArrowUp", "Move up", pan(0, 1)),
    tool("pan-down", "Shift+ArrowDown", "Move down", pan(0, -1)),
  ];
}

/** Digits choose a preset of the film; arrows, comma and full stop change the window by hand. */
export function windowTools(viewport: FilmViewport, box: WindowBox): Tool[] {
  const { viewer } = viewport;
  const level = (center: number, width: number) => () => {
    const step = (viewer.film?.window_width ?? 0) / 25;
    viewer.window(viewer.windowCenter + center * step, viewer.windowWidth + width * step);
  };
  const group = "Window";
  return [
    ...Array.from({ length: 9 }, (_, index) => ({
      name: `preset-${index}`,
      keys: [String(index + 1)],
      group,
      what: () => box.presets[index]?.name ?? "",
      run: () => box.choose(index),
    })),
    { name: "brighter", keys: ["ArrowUp"], group, what: "Brighter", run: level(-1, 0) },
    { name: "darker", keys: ["ArrowDown"], group, what: "Darker", run: level(1, 0) },
    { name: "wider", keys: ["."], group, what: "Wider window", run: level(0, 1) },
    { name: "narrower", keys: [","], group, what: "Narrower window", run: level(0, -1) },
  ];
}

/** What is drawn over the film. */
export function overlayTools(viewport: FilmViewport): Tool[] {
  const { shown } = viewport;
  const set = (change: () => void) => () => {
    change();
    viewport.refresh();
  };
  const flip = (name: "path" | "ellipses" | "heat" | "spot" | "others", key: string, what: string, icon?: string) => ({
    name,
    keys: [key],
    group: "Over the film",
    what,
    run: set(() => {
      shown[name] = !shown[name];
    }),
    pressed: () => shown[name],
    ...(icon ? { icon } : {}),
  });
  return [
    flip("path", "p", "Fixations and path", "path"),
    flip("ellipses", "e", "Uncertainty: 1 sd solid, 2 sd dashed", "ellipse"),
    flip("heat", "d", "Dwell map", "heat"),
    flip("spot", "s", "Spotlight: sharp only where it looks", "spot"),
    flip("others", "a", "The other samples, faint"),
    {
      name: "hide",
      keys: ["h"],
      group: "Over the film",
      what: "Hold: only the film",
      icon: "hide",
      run: set(() => {
        shown.hidden = true;
      }),
      release: set(() => {
        shown.hidden = false;
      }),
      pressed: () => shown.hidden,
    },
  ];
}

export function replayTools({ replay }: FilmViewport, bar: ReplayBar): Tool[] {
  const tool = (name: string, key: string, what: string, run: () => void): Tool => ({
    name,
    keys: [key],
    group: "Replay",
    what,
    run,
  });
  return [
    tool("play", " ", "Play or pause", () => replay.toggle()),
    tool("prev", "ArrowLeft", "Fixation before", () => replay.jump(replay.current - 1)),
    tool("next", "ArrowRight", "Next fixation", () => replay.jump(replay.current + 1)),
    tool("start", "Home", "To the start", () => replay.jump(0)),
    tool("end", "End", "To the end", () => replay.toEnd()),
    tool("faster", "Shift+f", "Faster", () => bar.changeSpeed(1)),
    tool("slower", "Shift+s", "Slower", () => bar.changeSpeed(-1)),
  ];
}

/** The tools of the reading page: the film's own, the disc's, and the marks'. Digits and arrows mean other things here. */
import type { FilmViewport } from "../parts/filmviewport";
import type { Tool } from "../parts/toolbar";
import { dragTools, filmTools, windowTools } from "../parts/tools";
import type { WindowBox } from "../parts/windowbox";
import type { Direction, Steering } from "./steering";

/** What a finger, or a click with the mark tool, does. */
export interface Mode {
  looks: boolean; // one finger moves the disc and nothing else
  marks: boolean; // a click or a lifted finger makes a mark
}

export interface Actions {
  mark(): void;
  describe(): void; // the label of a mark
  remove(): void;
  undo(): void;
  redo(): void;
  confidence(value: number): void;
  normal(): void;
  abnormal(): void;
  commit(): void;
  skip(): void;
  nextSize(): void;
  toCenter(): void;
}

const bare = (name: string, key: string | string[], group: string, what: string, run: () => void): Tool => ({
  name,
  keys: [key].flat(),
  group,
  what,
  run,
});

/** What a drag does; with a finger also the disc alone. */
export function dragging(viewport: FilmViewport, mode: Mode, changed: () => void): Tool[] {
  const touch = window.matchMedia("(any-pointer: coarse)").matches;
  const look: Tool = {
    name: "tool-look",
    keys: ["e"],
    group: "Film",
    what: touch ? "One finger moves the disc" : "",
    icon: "spot",
    run: () => {
      mode.looks = true;
      changed();
    },
    pressed: () => mode.looks,
  };
  const others = dragTools(viewport).map((tool) => ({
    ...tool,
    run: () => {
      mode.looks = false;
      tool.run();
    },
    pressed: () => !(touch && mode.looks) && Boolean(tool.pressed?.()),
  }));
  return touch ? [look, ...others] : others;
}

/** Zoom, turn, invert; the window by Shift and a digit, since digits belong to the form. */
export function film(viewport: FilmViewport): Tool[] {
  return filmTools(viewport).filter(({ name }) => !name.startsWith("pan-"));
}

export function levels(viewport: FilmViewport, box: WindowBox): Tool[] {
  const others: Record<string, string[]> = { brighter: ["]"], darker: ["["] };
  return windowTools(viewport, box).map((tool) => ({
    ...tool,
    keys: others[tool.name] ?? tool.keys.map((key) => (/^\d$/.test(key) ? `Shift+${key}` : key)),
  }));
}

export function disc(steering: Steering, actions: Actions): Tool[] {
  const group = "Sharp disc";
  const ways: [Direction, string][] = [
    ["left", "ArrowLeft"],
    ["right", "ArrowRight"],
    ["up", "ArrowUp"],
    ["down", "ArrowDown"],
  ];
  const moves = ways.flatMap(([way, key]) =>
    [false, true].map((fast) => ({
      ...bare(`disc-${way}`, fast ? `Shift+${key}` : key, group, `Move ${way}${fast ? ", fast" : ""}`, () =>
        steering.press(way, fast),
      ),
      release: () => steering.release(way),
    })),
  );
  return [
    ...moves,
    bare("disc-center", "Home", group, "To the film’s middle", actions.toCenter),
    bare("disc-size", "g", group, "Next size", actions.nextSize),
  ];
}

export function marking(viewport: FilmViewport, mode: Mode, actions: Actions, changed: () => void): Tool[] {
  const group = "Marks";
  const hide = (hidden: boolean) => () => {
    viewport.shown.hidden = hidden;
    viewport.refresh();
  };
  return [
    {
      ...bare("mark-tool", "Shift+a", group, "A click marks", () => {
        mode.marks = !mode.marks;
        changed();
      }),
      icon: "mark",
      pressed: () => mode.marks,
    },
    { ...bare("hide", "h", group, "Hold: no marks", hide(true)), release: hide(false), icon: "hide" },
    bare("mark", "a", group, "Mark the place", actions.mark),
    bare("label", "l", group, "Label of the mark", actions.describe),
    bare("delete", "Delete", group, "Take the mark away", actions.remove),
    bare("undo", "Ctrl+z", group, "Undo", actions.undo),
    bare("redo", ["Ctrl+y", "Ctrl+Shift+z"], group, "Do again", actions.redo),
    ...[1, 2, 3, 4, 5].map((value) =>
      bare(`confidence-${value}`, String(value), group, `Confidence ${value} of 5`, () => actions.confidence(value)),
    ),
  ];
}

export function answering(actions: Actions): Tool[] {
  const group = "Answer";
  return [
    bare("normal", "n", group, "Normal", actions.normal),
    bare("abnormal", "b", group, "Not normal", actions.abnormal),
    bare("commit", "Enter", group, "Commit", actions.commit),
    bare("skip", "s", group, "Skip: it comes back later", actions.skip),
    bare("full", "Shift+Enter", group, "Full screen", fullScreen),
  ];
}

export function fullScreen(): void {
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  done.catch(() => undefined); // the browser may forbid it
}

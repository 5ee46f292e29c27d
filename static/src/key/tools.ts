/** Tools and keys of authoring. What arrows and Backspace mean depends on whether a finding is chosen. */
import type { FilmViewport } from "../parts/filmviewport";
import type { Tool } from "../parts/toolbar";
import { dragTools } from "../parts/tools";
import type { KeyEditor } from "./editor";
import type { KeyPanel } from "./panel";

const PAN_PX = 60;
const IN_PREVIEW = /^(move|size|leave|preview|approve|room)/; // of the keys here those that a preview has too
const ARROWS: [string, number, number, string][] = [
  ["ArrowLeft", -1, 0, "left"],
  ["ArrowRight", 1, 0, "right"],
  ["ArrowUp", 0, -1, "up"],
  ["ArrowDown", 0, 1, "down"],
];

export interface Authoring {
  viewport: FilmViewport;
  editor: KeyEditor;
  panel: KeyPanel;
  preview: () => void;
  approve: () => void;
  leave: () => void;
}

export function keyTools({ viewport, editor, panel, preview, approve, leave }: Authoring): Tool[][] {
  const group = "Answer key";
  const previews = () => document.body.hasAttribute("data-previewing");
  const tool = (name: string, keys: string[], what: string, run: () => void, more: Partial<Tool> = {}): Tool => ({
    name,
    keys,
    group,
    what,
    run: () => (!previews() || IN_PREVIEW.test(name)) && run(),
    ...more,
  });
  const { viewer } = viewport;
  const brighter = (by: number) => {
    const step = (viewer.film?.window_width ?? 0) / 25;
    viewer.window(viewer.windowCenter - by * step, viewer.windowWidth);
  };
  const move = ([key, x, y, words]: (typeof ARROWS)[number]): Tool[] => [
    tool(`move-${words}`, [key], `Move the finding ${words}`, () => {
      if (editor.finding) editor.nudge(x, y);
      else if (y !== 0) brighter(-y);
    }),
    tool(`size-${words}`, [`Shift+${key}`], SIZES[words] ?? "", () => {
      if (editor.finding) editor.size(x, -y);
      else viewer.pan(-x * PAN_PX, -y * PAN_PX);
    }),
  ];
  return [
    [
      tool(
        "tool-draw",
        ["d"],
        "Draw: drag where a finding lies",
        () => {
          viewport.gestures.tool = "draw";
          viewport.refresh();
        },
        { icon: "draw", pressed: () => viewport.gestures.tool === "draw" },
      ),
      ...dragTools(viewport),
    ],
    [
      tool("add", ["e"], "An ellipse in the middle", () => editor.add(), { icon: "add-ellipse" }),
      tool("undo", ["Ctrl+z"], "Step back", () => editor.undo(), { icon: "undo" }),
      tool("redo", ["Ctrl+Shift+z", "Ctrl+y"], "Step forth", () => editor.redo(), { icon: "redo" }),
      tool("turn-back", ["["], "Turn the finding back", () => editor.turn(-1), { icon: "turn-left" }),
      tool("turn", ["]"], "Turn the finding clockwise", () => editor.turn(1), { icon: "turn-right" }),
      {
        name: "hide",
        keys: ["h"],
        group,
        what: "Hold: only the film",
        icon: "hide",
        run: () => {
          viewport.shown.hidden = true;
          viewport.refresh();
        },
        release: () => {
          viewport.shown.hidden = previews();
          viewport.refresh();
        },
        pressed: () => viewport.shown.hidden,
      },
    ],
    [
      ...ARROWS.flatMap(move),
      tool("remove", ["Delete", "Backspace"], "Remove the finding", () => editor.remove()),
      tool("label", ["Enter"], "Say what the finding is", () => panel.focusLabel()),
      tool("leave-finding", ["Escape"], "Let the finding go", () => {
        if (previews()) preview();
        else editor.choose(null);
      }),
      tool("normal", ["n"], "The film is normal", () => panel.say(true)),
      tool("not-normal", ["x"], "The film is not normal", () => panel.say(false)),
      tool("preview", ["v"], "Preview as a resident", preview),
      tool("approve", ["Ctrl+Enter"], "Approve", approve),
      tool("room", ["k"], "Back to the reading room", leave),
      { ...tool("tab", ["Tab on the film"], "Through the findings", () => undefined) },
    ],
  ];
}

const SIZES: Record<string, string> = { left: "Narrower", right: "Wider", up: "Higher", down: "Lower" };

/** The film with one path over it, drawn alike whatever the path is: tools, windows, and a replay that plays by itself. */
import { must, reducedMotion } from "../lib/dom";
import { FilmViewport } from "../parts/filmviewport";
import { ReplayBar } from "../parts/replaybar";
import { type Tool, Toolbar } from "../parts/toolbar";
import { dragTools, filmTools, overlayTools, replayTools, windowTools } from "../parts/tools";
import { STYLES, type Style } from "../parts/track";
import { WindowBox } from "../parts/windowbox";
import { fullScreen } from "../practice/readingtools";
import type { ItemData } from "./types";

const OFFERED = ["path", "spot", "hide"]; // what else lies over a film exists for some sources only
const STEP_S = 2;

export class Player {
  readonly viewport: FilmViewport;
  private readonly bar: ReplayBar;
  private readonly box: WindowBox;
  private readonly window = must<HTMLElement>("[data-window]");

  constructor() {
    this.viewport = new FilmViewport(must("[data-viewport]"), { label: "Film with the path that is replayed over it" });
    const { viewport } = this;
    viewport.shown.ellipses = viewport.shown.others = false;
    this.bar = new ReplayBar(must("[data-replay]"), viewport.replay, true);
    this.box = new WindowBox(this.window, viewport.viewer);
    const toolbar = new Toolbar(
      must("[data-tools]"),
      dragTools(viewport),
      filmTools(viewport).map(keysOfFilm),
      overlayTools(viewport)
        .filter(({ name }) => OFFERED.includes(name))
        .map(wordsOfOverlay),
      windowTools(viewport, this.box).map(keysOfWindow),
      this.replayed(),
      [{ name: "full", keys: ["Shift+Enter"], group: "Film", what: "Full screen", run: fullScreen }],
    );
    viewport.onChange(() => toolbar.refresh());
  }

  /** Whether a film is shown: only then there is time to fetch another. */
  get there(): boolean {
    return this.viewport.viewer.status === "shown";
  }

  /** Opens an item's film with its path and plays it; gives whether the film is there. */
  async open({ film, fixations }: ItemData): Promise<boolean> {
    const { viewport } = this;
    const { replay } = viewport;
    const style = STYLES[0] as Style;
    const path = fixations.map((fixation) => ({ ...fixation, ellipse: null }));
    viewport.say(null);
    viewport.shown.path = true;
    viewport.show([]);
    const there = await viewport.open(film);
    if (!there) return false;
    this.box.film(film);
    this.window.hidden = false;
    viewport.show([{ id: "path", source: "hidden", label: "as it was looked", style, fixations: path }]);
    replay.seek(0);
    if (reducedMotion()) replay.toEnd();
    else replay.play();
    return true;
  }

  /** No film: only these words. */
  close(words: Node): void {
    this.viewport.replay.pause();
    this.viewport.show([]);
    this.viewport.close();
    this.window.hidden = true;
    this.viewport.say(words);
  }

  private replayed(): Tool[] {
    const { replay } = this.viewport;
    const kept = replayTools(this.viewport, this.bar).filter(({ name }) => ["play", "end"].includes(name));
    const tool = (name: string, key: string, what: string, run: () => void): Tool => ({
      name,
      keys: [key],
      group: "Replay",
      what,
      run,
    });
    return [
      ...kept,
      tool("start", "Home", "From the start", () => {
        replay.seek(0);
        replay.play();
      }),
      tool("earlier", "ArrowLeft", `${STEP_S} s back`, () => replay.seek(replay.time - STEP_S)),
      tool("later", "ArrowRight", `${STEP_S} s on`, () => replay.seek(replay.time + STEP_S)),
      tool("speed", "x", "1× or 2×", () => this.bar.nextSpeed()),
    ];
  }
}

/** Digits and Backspace belong to the answers. */
function keysOfFilm(tool: Tool): Tool {
  if (tool.name === "reset") return { ...tool, keys: ["z"] };
  return { ...tool, keys: tool.keys.filter((key) => !/^\d$/.test(key)) };
}

function keysOfWindow(tool: Tool): Tool {
  return { ...tool, keys: tool.keys.map((key) => (/^\d$/.test(key) ? `Shift+${key}` : key)) };
}

function wordsOfOverlay(tool: Tool): Tool {
  return tool.name === "path" ? { ...tool, what: "The path" } : tool;
}

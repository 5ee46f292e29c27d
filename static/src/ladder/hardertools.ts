/** Keys and buttons of the page that compares two films: arrows answer, so that what moves a film has Shift. */
import type { Tool } from "../parts/toolbar";
import { dragTools, filmTools } from "../parts/tools";
import { fullScreen, levels } from "../practice/readingtools";
import type { TwoFilms } from "./twofilms";
import type { Harder } from "./types";

export interface Answers {
  answer: (harder: Harder) => void;
  undo: () => void;
  stacked: () => boolean; // the first film over the second, so that up and down mean them too
}

export function answerTools({ answer, undo, stacked }: Answers): Tool[] {
  const group = "Which is harder?";
  const tool = (name: string, keys: string[], what: Tool["what"], run: () => void): Tool => ({
    name,
    keys,
    group,
    what,
    run,
  });
  return [
    tool(
      "left",
      ["ArrowLeft"],
      () => `The ${stacked() ? "upper" : "left"} film is harder`,
      () => answer("left"),
    ),
    tool(
      "right",
      ["ArrowRight"],
      () => `The ${stacked() ? "lower" : "right"} film is harder`,
      () => answer("right"),
    ),
    tool(
      "upper",
      ["ArrowUp"],
      () => (stacked() ? "The upper film is harder" : ""),
      () => stacked() && answer("left"),
    ),
    tool(
      "lower",
      ["ArrowDown"],
      () => (stacked() ? "The lower film is harder" : ""),
      () => stacked() && answer("right"),
    ),
    tool("equal", ["="], "As hard as each other", () => answer("equal")),
    tool("undo", ["u", "Ctrl+z"], "Take the last answer back", undo),
    tool("full", ["Shift+Enter"], "Full screen", fullScreen),
  ];
}

/** The film's tools for the film that was touched last; "=" is an answer here. */
export function oneFilm(films: TwoFilms): Tool[] {
  const each = films.viewports.map(filmTools);
  return (each[0] ?? []).map((tool, index) => {
    const mine = () => each[films.active]?.[index] ?? tool;
    const more = ["fit", "reset"].includes(tool.name) ? () => films.level(films.active) : () => undefined;
    const { pressed } = tool;
    return {
      ...tool,
      keys: tool.keys.filter((key) => key !== "="),
      run: () => {
        mine().run();
        more();
      },
      ...(pressed ? { pressed: () => mine().pressed?.() ?? false } : {}),
    };
  });
}

/** What a drag does, and the window: the same on both films, so that neither is shown better. */
export function bothFilms(films: TwoFilms): { drag: Tool[]; window: Tool[] } {
  const together = (each: Tool[][]): Tool[] =>
    (each[0] ?? []).map((tool, index) => ({
      ...tool,
      run: () => {
        for (const tools of each) tools[index]?.run();
      },
    }));
  return {
    drag: together(films.viewports.map(dragTools)),
    window: together(films.cells.map(({ viewport, box }) => levels(viewport, box))),
  };
}

import { expect, test, vi } from "vitest";

vi.mock("../parts/filmviewport", () => ({ FilmViewport: class {} }));
const { answerTools, bothFilms, oneFilm } = await import("./hardertools");
const { levelled } = await import("./twofilms");

function films() {
  const cell = () => ({
    viewport: {
      viewer: {
        view: { scale: 1 },
        film: { window_width: 100 },
        invert: false,
        zoom: vi.fn(),
        fit: vi.fn(),
        window: vi.fn(),
        turn: vi.fn(),
        setInvert: vi.fn(),
        pan: vi.fn(),
        reset: vi.fn(),
      },
      gestures: { tool: "window" },
      refresh: vi.fn(),
    },
    box: { presets: [{ name: "Film" }], choose: vi.fn() },
  });
  const cells = [cell(), cell()];
  return { cells, viewports: cells.map(({ viewport }) => viewport), active: 0, level: vi.fn() };
}
type Films = Parameters<typeof oneFilm>[0];

const run = (tools: ReturnType<typeof answerTools>, key: string) => tools.find(({ keys }) => keys.includes(key))?.run();

test("arrows and the equals sign answer; u and Ctrl+Z take back", () => {
  const said: string[] = [];
  const tools = answerTools({
    answer: (harder) => said.push(harder),
    undo: () => said.push("undo"),
    stacked: () => false,
  });
  for (const key of ["ArrowLeft", "ArrowRight", "=", "u", "Ctrl+z"]) run(tools, key);
  expect(said).toEqual(["left", "right", "equal", "undo", "undo"]);
});

test("up and down answer only while the films stand over each other", () => {
  const said: string[] = [];
  let stacked = false;
  const tools = answerTools({ answer: (harder) => said.push(harder), undo: () => undefined, stacked: () => stacked });
  run(tools, "ArrowUp");
  stacked = true;
  run(tools, "ArrowDown");
  run(tools, "ArrowUp");
  expect(said).toEqual(["right", "left"]);
});

test("no key of the films is a key of the answers", () => {
  const made = films() as unknown as Films;
  const { drag, window } = bothFilms(made);
  const others = [...oneFilm(made), ...drag, ...window].flatMap(({ keys }) => keys);
  const answers = answerTools({
    answer: () => undefined,
    undo: () => undefined,
    stacked: () => true,
  }).flatMap(({ keys }) => keys);
  expect(others.filter((key) => answers.includes(key))).toEqual([]);
  expect(new Set(others).size).toBe(others.length);
});

test("zoom means the film that was touched last", () => {
  const made = films();
  const tools = oneFilm(made as unknown as Films);
  run(tools, "+");
  made.active = 1;
  run(tools, "-");
  expect(made.viewports.map(({ viewer }) => viewer.zoom.mock.calls)).toEqual([[[1.25]], [[0.8]]]);
});

test("a window by Shift and a digit is set on both films", () => {
  const made = films();
  run(bothFilms(made as unknown as Films).window, "Shift+3");
  expect(made.cells.map(({ box }) => box.choose.mock.calls)).toEqual([[[2]], [[2]]]);
});

test("fit gives the touched film the height of the pair", () => {
  const made = films();
  made.active = 1;
  run(oneFilm(made as unknown as Films), "f");
  expect(made.level).toHaveBeenCalledWith(1);
});

test("two films are as high as the lower of them", () => {
  // 2000 px at .4 are 800 px high, 1000 px at .5 are 500: the first is shown at .25
  expect(
    levelled([
      { down: 2000, fitScale: 0.4 },
      { down: 1000, fitScale: 0.5 },
    ]),
  ).toEqual([0.25, 0.5]);
});

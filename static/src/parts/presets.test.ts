import { expect, test } from "vitest";
import type { FilmData } from "../lib/types";
import { matching, presetsOf } from "./presets";

const film = (...windows: FilmData["windows"]): FilmData =>
  ({ window_center: 1000, window_width: 500, windows }) as unknown as FilmData;
const FILM = film(
  { name: "", center: 1000, width: 500 },
  { name: "HARDER", center: 900, width: 300 },
  { name: "", center: 1000, width: 600 },
);
const presets = (of = FILM, low = 200, high = 1800) => presetsOf(of, () => [low, high]);

function preset(name: string): [number, number] | undefined {
  const found = presets().find((each) => each.name === name);
  return found && [found.center, found.width];
}

test("the film as it opens comes first, then what its source named, then what is made from it", () => {
  expect(presets().map(({ name }) => name)).toEqual([
    "Film",
    "HARDER",
    "Window 4 of the source",
    "More contrast",
    "Less contrast",
    "Dark parts (lungs)",
    "Bright parts (mediastinum, bone)",
    "All values",
  ]);
  expect(preset("Film")).toEqual([1000, 500]);
  expect(preset("HARDER")).toEqual([900, 300]);
});

test("the window that the file names stays to be had when the film opens with a better one, and is not listed twice", () => {
  const stored = { name: "As stored", center: 32768, width: 65536 };
  expect(presets(film(stored)).map(({ name }) => name)[1]).toBe("As stored");
  const same = { name: "As stored", center: 1000, width: 500 };
  expect(presets(film(same)).map(({ name }) => name)).not.toContain("As stored");
  const twice = presets(film(stored, { ...stored, name: "NORMAL" })).map(({ name }) => name);
  expect(twice.slice(0, 3)).toEqual(["Film", "As stored", "More contrast"]);
});

test("more contrast is a narrower window and less a wider one, about the same middle", () => {
  expect(preset("More contrast")).toEqual([1000, 300]);
  expect(preset("Less contrast")).toEqual([1000, 750]);
});

test("the dark parts lie below the middle and the bright ones above", () => {
  expect(preset("Dark parts (lungs)")).toEqual([910, 275]);
  expect(preset("Bright parts (mediastinum, bone)")).toEqual([1100, 300]);
});

test("all values reach from the lowest to the highest, also on a film of one grey", () => {
  expect(preset("All values")).toEqual([1000, 1600]);
  expect(presets(FILM, 7, 7).find(({ name }) => name === "All values")).toMatchObject({ center: 7, width: 2 });
});

test("a window is a preset while nobody could see a difference, and the reader's own beyond", () => {
  const all = presets();
  expect(matching(all, 1000, 500)).toBe(0);
  expect(matching(all, 1001, 499)).toBe(0); // two thousandths of 500
  expect(matching(all, 1001.1, 500)).toBe(-1);
  expect(matching(all, 1000, 501.1)).toBe(-1);
  expect(matching(all, 998.9, 500)).toBe(-1);
  expect(matching(all, 900, 300)).toBe(1);
  expect(matching([], 1000, 500)).toBe(-1);
});

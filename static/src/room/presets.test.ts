import { expect, test } from "vitest";
import type { FilmData } from "../lib/types";
import { presetsOf } from "./presets";

const FILM = {
  window_center: 1000,
  window_width: 500,
  windows: [
    { name: "", center: 1000, width: 500 },
    { name: "HARDER", center: 900, width: 300 },
    { name: "", center: 1000, width: 600 },
  ],
} as unknown as FilmData;

function preset(name: string): [number, number] | undefined {
  const found = presetsOf(FILM, () => [200, 1800]).find((each) => each.name === name);
  return found && [found.center, found.width];
}

test("the first preset is the film as it was stored", () => {
  expect(presetsOf(FILM, () => [0, 1])[0]).toEqual({ name: "As stored", center: 1000, width: 500 });
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
  const [flat] = presetsOf(FILM, () => [7, 7]).filter((each) => each.name === "All values");
  expect(flat).toMatchObject({ center: 7, width: 2 });
});

test("further windows of the source follow under their names; the one in use is not repeated", () => {
  expect(
    presetsOf(FILM, () => [0, 1])
      .slice(6)
      .map(({ name, center, width }) => [name, center, width]),
  ).toEqual([
    ["HARDER", 900, 300],
    ["Window 3 of the source", 1000, 600],
  ]);
});

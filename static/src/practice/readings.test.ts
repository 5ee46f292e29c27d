import { expect, test } from "vitest";
import type { ReadingData } from "./feedbacktypes";
import { firstPlaces, kindOf, tracksOf } from "./readings";

const reading = (id: string, role: ReadingData["role"], source: string): ReadingData => ({
  id,
  role,
  source,
  label: id,
  fixations: [],
});
const ALL = [
  reading("You", "own", "aperture"),
  reading("Predicted reading", "predicted", "model"),
  reading("Reader 1", "other", "simulated"),
];

test("one's own reading and the predicted one come first", () => {
  expect(firstPlaces(ALL)).toEqual([0, 1, null, null]);
  expect(firstPlaces([ALL[0], ALL[2]] as ReadingData[])).toEqual([0, 1, null, null]);
  expect(firstPlaces(ALL.slice(0, 1))).toEqual([0, null, null, null]);
});

test("each reading keeps its style, and says what it is", () => {
  const tracks = tracksOf([0, null, 2, 1], ALL);
  expect(tracks.map(({ label, source, style }) => [label, source, style.marker])).toEqual([
    ["You", "human", "circle"],
    ["Reader 1, simulated", "human", "diamond"],
    ["Predicted reading", "model", "triangle"],
  ]);
});

test("what a reading is made of is said in words, also what is not known here", () => {
  expect(kindOf({ source: "aperture" })).toBe("dwells of the sharp disc");
  expect(kindOf({ source: "webcam" })).toBe("webcam");
});

import { expect, test } from "vitest";
import { View } from "../viewer/geometry";
import { Replay } from "./replay";
import { spotOf } from "./spot";
import { STYLES, type Style } from "./track";

function replayAt(time: number): Replay {
  const replay = new Replay();
  const look = (x: number, y: number, onset_s: number, duration_s: number) => ({
    x,
    y,
    onset_s,
    duration_s,
    ellipse: null,
  });
  const fixations = [look(0.25, 0.5, 0.5, 1), look(0.75, 0.9, 2, 1)];
  const style = STYLES[0] as Style;
  replay.set([
    { id: "a", source: "model", label: "a", style, fixations },
    { id: "b", source: "human", label: "b", style, fixations: [look(0.1, 0.1, 0, 9)] }, // leads not
  ]);
  replay.seek(time);
  return replay;
}

function film(aspect = 1): View {
  const view = new View();
  view.setFilm(200, 100, aspect);
  return view;
}

test.each([
  [0, 50, 50], // waits on the first fixation
  [1.5, 50, 50],
  [1.75, 100, 70], // half of the way to the next
  [2, 150, 90],
  [3, 150, 90],
])("at %f s the spot lies at film pixel (%f, %f)", (time, x, y) => {
  const spot = spotOf(replayAt(time), film());
  expect(spot?.at.x).toBeCloseTo(x, 9);
  expect(spot?.at.y).toBeCloseTo(y, 9);
});

test("it is as wide as the film's shorter side says, with the true shape of the pixels", () => {
  expect(spotOf(replayAt(1), film())).toMatchObject({ sharp: 8, soft: 17 });
  expect(spotOf(replayAt(1), film(4))).toMatchObject({ sharp: 16, soft: 34 }); // 200 wide, 400 high
});

test("without fixations there is no spot", () => {
  expect(spotOf(new Replay(), film())).toBeNull();
});

import { expect, test } from "vitest";
import { Clock, minutes } from "./clock";

function clock(): { clock: Clock; now: (ms: number) => void } {
  let moment = 5_000;
  return { clock: new Clock(() => moment), now: (ms) => (moment = 5_000 + ms) };
}

test("it stands until it is started, and then tells seconds from film onset", () => {
  const { clock: made, now } = clock();
  now(800);
  expect([made.running, made.at()]).toEqual([false, 0]);
  made.start();
  now(2_050);
  expect(made.at()).toBeCloseTo(1.25, 9);
});

test("it goes on from where a reading was left", () => {
  const { clock: made, now } = clock();
  made.start(42.5);
  now(500);
  expect(made.at()).toBeCloseTo(43, 9);
});

test("while it is stopped no time passes, and then it goes on from there", () => {
  const { clock: made, now } = clock();
  made.start();
  now(1_000);
  made.stop();
  now(60_000);
  expect([made.running, made.at()]).toEqual([false, 1]);
  made.start();
  now(60_500);
  expect(made.at()).toBeCloseTo(1.5, 9);
});

test("it never goes back", () => {
  const { clock: made, now } = clock();
  made.start(10);
  now(1_000);
  made.stop();
  made.start(3);
  expect(made.at()).toBe(11);
});

test("an event's moment has its own time, and none lies before the start", () => {
  const { clock: made, now } = clock();
  now(1_000);
  made.start(7);
  now(3_000);
  expect(made.at(5_000 + 2_000)).toBeCloseTo(8, 9);
  expect(made.at(5_000 + 900)).toBe(7);
  expect(made.ago(500)).toBeCloseTo(8.5, 9);
});

test.each([
  [0, "00:00"],
  [59.99, "00:59"],
  [60, "01:00"],
  [3_723, "62:03"],
  [-1, "00:00"],
])("%f s are said as %s", (seconds, words) => expect(minutes(seconds)).toBe(words));

import { beforeEach, expect, test } from "vitest";
import { Clock } from "./clock";
import { FULL, Recorder } from "./recorder";
import type { Part, ViewLog } from "./types";

const START = 1_000; // ms of the browser's clock at film onset
let moment: number;
let clock: Clock;
let recorder: Recorder;
let parts: Part[];
let ends: number[];

beforeEach(() => {
  moment = START;
  parts = [];
  ends = [];
  clock = new Clock(() => moment);
  recorder = new Recorder(clock, (part, end) => {
    parts.push(part);
    ends.push(end);
  });
  clock.start();
});

const at = (seconds: number): number => START + seconds * 1_000;
const go = (seconds: number): void => {
  moment = at(seconds);
};
const VIEW: ViewLog = {
  scale: 1,
  x: 0.5,
  y: 0.5,
  rotation: 0,
  flip: false,
  center: 10,
  width: 20,
  invert: false,
  box: [100, 100],
};
const times = (): number[] => parts.flatMap(({ samples }) => samples.map(([time]) => time));

test("a sample has the time of its event, not of its handling", () => {
  go(1);
  recorder.point({ x: 0.25, y: 0.5 }, at(0.984));
  recorder.point(null, at(0.992));
  recorder.cut();
  expect(parts[0]?.samples).toEqual([
    [0.984, 0.25, 0.5],
    [0.992, null, null],
  ]);
});

test("a resting pointer is sampled about sixty times a second at its last place", () => {
  recorder.point({ x: 0.2, y: 0.3 }, at(0.001));
  for (let ms = 5; ms <= 1_000; ms += 5) {
    go(ms / 1_000);
    recorder.rest();
  }
  recorder.cut();
  const samples = parts[0]?.samples ?? [];
  expect(samples.length).toBeGreaterThan(55);
  expect(samples.length).toBeLessThan(70);
  expect(samples.every(([, x, y]) => x === 0.2 && y === 0.3)).toBe(true);
});

test("a sample of rest does not push away what is still on its way", () => {
  recorder.point({ x: 0.1, y: 0.1 }, at(0.001));
  go(0.1);
  recorder.rest();
  recorder.point({ x: 0.9, y: 0.9 }, at(0.085)); // handled 15 ms after it happened
  recorder.cut();
  expect(parts[0]?.samples.map(([time, x]) => [time, x])).toEqual([
    [0.001, 0.1],
    [0.08, 0.1],
    [0.085, 0.9],
  ]);
});

test("when the film moves under a resting pointer, the new place is taken", () => {
  recorder.point({ x: 0.1, y: 0.1 }, at(0.001));
  go(0.1);
  recorder.rest({ x: 0.4, y: 0.4 });
  recorder.cut();
  expect(parts[0]?.samples[1]?.slice(1)).toEqual([0.4, 0.4]);
});

test("time grows within a part and from part to part, whatever comes late or twice", () => {
  recorder.point({ x: 0, y: 0 }, at(0.5));
  recorder.point({ x: 0, y: 0 }, at(0.5));
  recorder.point({ x: 0, y: 0 }, at(0.4));
  go(0.6);
  recorder.view(VIEW);
  recorder.cut();
  expect(ends).toEqual([0.6]);
  recorder.point({ x: 0, y: 0 }, at(0.55)); // happened before the cut, is told after it
  recorder.point({ x: 0, y: 0 }, at(0.65));
  recorder.cut();
  expect(times()).toEqual([0.5, 0.6001, 0.65]);
});

test("a reading that goes on begins after the end of what is stored", () => {
  const later = new Clock(() => moment);
  const made = new Recorder(later, (part) => parts.push(part));
  made.begin(12.3456);
  later.start(12.3456);
  made.event("resume");
  made.point({ x: 0.5, y: 0.5 }, moment);
  made.cut();
  expect(parts[0]?.samples).toEqual([[12.3457, 0.5, 0.5]]);
  expect(parts[0]?.events).toEqual([[12.3457, "resume"]]);
});

test("a view is logged when it changed, once", () => {
  recorder.view(VIEW);
  recorder.view({ ...VIEW });
  go(0.2);
  recorder.view({ ...VIEW, scale: 2 });
  recorder.cut();
  expect(parts[0]?.views.map(([time, { scale }]) => [time, scale])).toEqual([
    [0.0001, 1],
    [0.2, 2],
  ]);
});

test("a pause ends the place, takes no samples, and is followed by what comes after it", () => {
  recorder.point({ x: 0.5, y: 0.5 }, at(0.3));
  go(0.4);
  recorder.event("blur");
  recorder.pause();
  clock.stop();
  go(30);
  recorder.rest();
  recorder.point({ x: 0.5, y: 0.5 }, at(30));
  clock.start();
  go(30.1);
  recorder.rest();
  recorder.cut();
  expect(parts[0]?.samples).toEqual([
    [0.3, 0.5, 0.5],
    [0.4, null, null],
    [0.48, 0.5, 0.5],
  ]);
});

test("a full part is cut at once, and nothing is lost between", () => {
  for (let index = 1; index <= FULL.samples + 10; index++) recorder.point({ x: 0.5, y: 0.5 }, at(index / 1_000));
  recorder.cut();
  expect(parts.map(({ samples }) => samples.length)).toEqual([FULL.samples, 10]);
  expect(new Set(times()).size).toBe(FULL.samples + 10);
});

test("nothing happened: no part", () => {
  recorder.cut();
  expect(parts).toEqual([]);
});

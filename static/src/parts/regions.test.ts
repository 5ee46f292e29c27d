import { expect, test } from "vitest";
import { region } from "./regions";

test.each([
  [0.2, 0.1, "patient’s right, upper"],
  [0.8, 0.1, "patient’s left, upper"],
  [0.2, 0.5, "patient’s right, middle"],
  [0.8, 0.9, "patient’s left, lower"],
  [0.5, 0.2, "midline, upper"],
  [0.5, 0.7, "midline, lower"],
])("the place %f, %f lies at %s", (x, y, words) => {
  expect(region(x, y)).toBe(words);
});

test("the borders: a zone begins at its upper line, and the midline is narrow", () => {
  expect(region(0.2, 0.36)).toContain("middle");
  expect(region(0.2, 0.6)).toContain("lower");
  expect(region(0.42, 0.5)).toBe("patient’s right, middle");
  expect(region(0.43, 0.5)).toBe("midline, middle");
  expect(region(0.58, 0.5)).toBe("patient’s left, middle");
});

test("what lies beside the film is said to, and its edge still belongs to it", () => {
  for (const [x, y] of [
    [-0.01, 0.5],
    [1.01, 0.5],
    [0.5, -0.01],
    [0.5, 1.01],
  ] as const) {
    expect(region(x, y)).toBe("off the film");
  }
  expect(region(0, 0)).toBe("patient’s right, upper");
  expect(region(1, 1)).toBe("patient’s left, lower");
});

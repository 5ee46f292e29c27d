import { describe, expect, it } from "vitest";
import { type EllipseShape, outlineOf } from "../parts/shapes";
import { endOf, fromDrag, kept, moved, pulled, SMALLEST, sized, turned } from "./ellipses";

const ASPECT = 1.25;
const shape: EllipseShape = { kind: "ellipse", x: 0.5, y: 0.5, radius_x: 0.1, radius_y: 0.05, angle_deg: 30 };

function onFilm(one: EllipseShape): boolean {
  return outlineOf(one, ASPECT).every(({ x, y }) => x > -1e-4 && y > -1e-4 && x < 1 + 1e-4 && y < 1 + 1e-4);
}

describe("a drag", () => {
  it("makes the ellipse that fills its box, from whichever corner", () => {
    const made = fromDrag({ x: 0.6, y: 0.2 }, { x: 0.2, y: 0.4 }, ASPECT);
    expect(made).toEqual({ kind: "ellipse", x: 0.4, y: 0.3, radius_x: 0.2, radius_y: 0.125, angle_deg: 0 });
    expect(fromDrag({ x: 0.2, y: 0.4 }, { x: 0.6, y: 0.2 }, ASPECT)).toEqual(made);
  });

  it("ends at the film's edge", () => {
    const made = fromDrag({ x: 0.9, y: 0.9 }, { x: 1.4, y: 1.2 }, ASPECT);
    expect(made && onFilm(made)).toBe(true);
  });

  it("that is too short makes none", () => {
    expect(fromDrag({ x: 0.5, y: 0.5 }, { x: 0.505, y: 0.7 }, ASPECT)).toBeNull();
  });
});

describe("an ellipse by keys", () => {
  it("is moved, sized and turned", () => {
    expect(moved(shape, 0.1, -0.1, ASPECT)).toMatchObject({ x: 0.6, y: 0.4 });
    expect(sized(shape, 0.02, 0.01, ASPECT)).toMatchObject({ radius_x: 0.12, radius_y: 0.06 });
    expect(turned(shape, 25, ASPECT).angle_deg).toBe(55);
  });

  it("says the same angle for what looks the same", () => {
    expect(turned(shape, 100, ASPECT).angle_deg).toBe(-50);
    expect(turned(shape, -150, ASPECT).angle_deg).toBe(60);
  });

  it("never leaves the film, however it is moved, sized or turned", () => {
    let one: EllipseShape = shape;
    for (let step = 0; step < 400; step++) {
      one = moved(one, Math.sin(step) * 0.4, Math.cos(step * 1.7) * 0.4, ASPECT) as EllipseShape;
      one = sized(one, Math.sin(step * 0.3) * 0.2, Math.cos(step * 0.9) * 0.2, ASPECT);
      one = turned(one, step * 17, ASPECT);
      expect(onFilm(one)).toBe(true);
      expect(Math.min(one.radius_x, one.radius_y)).toBeGreaterThanOrEqual(SMALLEST / 200);
    }
  });

  it("does not move when it is kept twice", () => {
    const once = kept({ ...shape, x: 0.99 }, ASPECT);
    expect(kept(once, ASPECT)).toEqual(once);
  });
});

describe("an ellipse by its handles", () => {
  it("has the axis that was pulled as long as it was pulled", () => {
    const longer = pulled(shape, "right", endOf(sized(shape, 0.1, 0, ASPECT), "right", ASPECT), ASPECT);
    expect(longer.radius_x).toBeCloseTo(0.2, 3);
    expect(longer.radius_y).toBe(0.05);
    const higher = pulled(shape, "up", endOf(sized(shape, 0, 0.1, ASPECT), "up", ASPECT), ASPECT);
    expect(higher.radius_y).toBeCloseTo(0.15, 3);
  });

  it("turns to where the sign above it is pulled", () => {
    const right = pulled(shape, "turn", { x: 0.9, y: 0.5 }, ASPECT);
    expect(Math.abs(right.angle_deg)).toBe(90);
    expect(pulled(shape, "turn", { x: 0.5, y: 0.1 }, ASPECT).angle_deg).toBeCloseTo(0);
  });
});

it("a polygon is moved as a whole and stays on the film", () => {
  const polygon = {
    kind: "polygon" as const,
    points: [
      [0.1, 0.1],
      [0.3, 0.1],
      [0.2, 0.3],
    ] as [number, number][],
  };
  const there = moved(polygon, -0.5, 0.1, ASPECT);
  expect(there.kind === "polygon" && there.points).toEqual([
    [0, 0.2],
    [0.2, 0.2],
    [0.1, 0.4],
  ]);
});

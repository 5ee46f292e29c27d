import { describe, expect, it } from "vitest";
import { contains, type EllipseShape, inEllipse, middleOf, onEllipse, outlineOf, type Shape } from "./shapes";

const ellipse = (more: Partial<EllipseShape> = {}): EllipseShape => ({
  kind: "ellipse",
  x: 0.4,
  y: 0.5,
  radius_x: 0.2,
  radius_y: 0.1,
  angle_deg: 0,
  ...more,
});
const square: Shape = {
  kind: "polygon",
  points: [
    [0.1, 0.1],
    [0.5, 0.1],
    [0.5, 0.3],
    [0.1, 0.3],
  ],
};

describe("an ellipse on a film", () => {
  it("is as wide as its radius says, and as high in widths, whatever the film's aspect", () => {
    const corners = outlineOf(ellipse(), 2);
    expect(Math.max(...corners.map(({ x }) => x))).toBeCloseTo(0.6);
    expect(Math.max(...corners.map(({ y }) => y))).toBeCloseTo(0.55); // .1 widths are .05 heights
  });

  it("turns clockwise as it is seen", () => {
    const right = onEllipse(ellipse({ angle_deg: 90 }), 1, 0, 1);
    expect(right.x).toBeCloseTo(0.4);
    expect(right.y).toBeCloseTo(0.7); // what pointed right points down
  });

  it("gives back how far a place lies", () => {
    const shape = ellipse({ angle_deg: 33 });
    const found = inEllipse(shape, onEllipse(shape, 0.3, -0.7, 1.3), 1.3);
    expect(found.across).toBeCloseTo(0.3);
    expect(found.down).toBeCloseTo(-0.7);
  });

  it("holds what lies on it and not what lies beside it", () => {
    expect(contains(ellipse(), { x: 0.59, y: 0.5 }, 1)).toBe(true);
    expect(contains(ellipse(), { x: 0.59, y: 0.58 }, 1)).toBe(false);
    expect(contains(ellipse({ angle_deg: 90 }), { x: 0.4, y: 0.69 }, 1)).toBe(true);
  });
});

describe("a polygon", () => {
  it("holds what lies within its edges", () => {
    expect(contains(square, { x: 0.3, y: 0.2 }, 1)).toBe(true);
    expect(contains(square, { x: 0.3, y: 0.31 }, 1)).toBe(false);
    expect(middleOf(square)).toEqual({ x: 0.3, y: 0.2 });
  });
});

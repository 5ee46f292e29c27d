import { describe, expect, it } from "vitest";
import { contains, type EllipseShape, grownOf, inEllipse, middleOf, onEllipse, outlineOf, type Shape } from "./shapes";

const ellipse = (more: Partial<EllipseShape> = {}): EllipseShape => ({
  kind: "ellipse",
  x: 0.4,
  y: 0.5,
  radius_x: 0.2,
  radius_y: 0.1,
  angle_deg: 0,
  ...more,
});
const square = {
  kind: "polygon" as const,
  points: [
    [0.1, 0.1],
    [0.5, 0.1],
    [0.5, 0.3],
    [0.1, 0.3],
  ] as [number, number][],
} satisfies Shape;

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

describe("a shape with its margin", () => {
  const flat = (pieces: { x: number; y: number }[][]) => pieces.flat();

  it("is an ellipse's outline so many film widths farther out, whatever the film's aspect", () => {
    const grown = flat(grownOf(ellipse(), 0.05, 2));
    expect(Math.max(...grown.map(({ x }) => x))).toBeCloseTo(0.65, 3);
    expect(Math.max(...grown.map(({ y }) => y))).toBeCloseTo(0.575, 3); // .15 widths are .075 heights
    expect(Math.min(...grown.map(({ x }) => x))).toBeCloseTo(0.15, 3);
  });

  it("is closed and rounds the corners that point outwards, drawn either way around", () => {
    for (const points of [square.points, [...square.points].reverse()]) {
      const [piece = [], ...more] = grownOf({ kind: "polygon", points }, 0.05, 1);
      expect(more).toEqual([]);
      expect(piece[0]).toEqual(piece[piece.length - 1]);
      const corner = piece.filter(({ x, y }) => x > 0.5 + 1e-9 && y > 0.3 + 1e-9);
      expect(corner.length).toBeGreaterThan(3);
      for (const { x, y } of corner) expect(Math.hypot(x - 0.5, y - 0.3)).toBeCloseTo(0.05, 6);
      expect(Math.max(...piece.map(({ x }) => x))).toBeCloseTo(0.55, 6);
    }
  });

  it("leaves out what would come nearer to another side of a hollow shape", () => {
    const hollow: Shape = {
      kind: "polygon",
      points: [
        [0.1, 0.1],
        [0.5, 0.1],
        [0.5, 0.5],
        [0.33, 0.5],
        [0.33, 0.2],
        [0.27, 0.2],
        [0.27, 0.5],
        [0.1, 0.5],
      ],
    };
    const grown = flat(grownOf(hollow, 0.05, 1));
    expect(grown.filter(({ x, y }) => x > 0.27 && x < 0.33 && y > 0.1 && y < 0.5)).toEqual([]);
    expect(Math.max(...grown.map(({ y }) => y))).toBeCloseTo(0.55, 6);
  });
});

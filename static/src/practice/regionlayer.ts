/** The named regions of the film, each with its places in the two orders of first visits: the own one, then the other. */
import type { Layer } from "../parts/overlay";
import type { OrderData } from "./feedbacktypes";

type Boxes = Readonly<Record<string, readonly [number, number, number, number]>>;
const HALO = "rgba(0, 0, 0, 0.8)";
const MINE = "#7cc4ff";
const THEIRS = "#ffc457";
const NAMED_PX = 420; // a film less wide than this has no room for names
const WHOLE = new Set(["right lung", "left lung"]); // hold the zones

export function regionLayer(boxes: () => Boxes, order: () => OrderData | null): Layer {
  return (paint, _scene, place) => {
    const visits = order();
    for (const [name, [x0, y0, x1, y1]] of Object.entries(boxes())) {
      if (WHOLE.has(name)) continue;
      const mine = (visits?.own?.indexOf(name) ?? -1) + 1;
      const theirs = (visits?.predicted?.indexOf(name) ?? -1) + 1;
      const corners = [place(x0, y0), place(x1, y0), place(x1, y1), place(x0, y1)];
      paint.beginPath();
      for (const { x, y } of corners) paint.lineTo(x, y);
      paint.closePath();
      paint.setLineDash(mine ? [] : [4, 4]);
      paint.lineWidth = mine || theirs ? 1.5 : 1;
      paint.strokeStyle = mine || theirs ? "rgba(255, 255, 255, 0.8)" : "rgba(255, 255, 255, 0.3)";
      paint.stroke();
      if (!mine && !theirs) continue;
      const left = Math.min(...corners.map(({ x }) => x)) + 6;
      const top = Math.min(...corners.map(({ y }) => y)) + 10;
      paint.font = "600 12px system-ui, sans-serif";
      paint.textAlign = "left";
      paint.textBaseline = "middle";
      paint.lineWidth = 4;
      paint.lineJoin = "round";
      paint.strokeStyle = HALO;
      paint.setLineDash([]);
      let x = left;
      const names = place(1, 0).x - place(0, 0).x > NAMED_PX || place(0, 1).x !== place(0, 0).x;
      for (const [text, color] of [
        [names ? `${name} ` : "", "#ffffff"],
        [`${mine || "–"} `, MINE],
        [String(theirs || "–"), THEIRS],
      ] as const) {
        paint.strokeText(text, x, top);
        paint.fillStyle = color;
        paint.fillText(text, x, top);
        x += paint.measureText(text).width;
      }
    }
  };
}

/**
 * One row's place on the axis: the observed place filled, its 95 % interval a line, the predicted workload open, and
 * a line between the two, with an arrow towards the observed one where they part.
 */
import { type Standard, share, ticksOf, toZ } from "./scale";
import type { Row } from "./types";
import { observed } from "./words";

const SVG = "http://www.w3.org/2000/svg";
const MIDDLE = 16; // px from the top
const OBSERVED_PX = 5;
const PREDICTED_PX = 7; // larger: it is seen around a filled dot at the same place
const HEAD_PX = 7;

type Attributes = Record<string, string | number>;

function shape(tag: string, attributes: Attributes): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** The picture of one row; the words beside it say the same. */
export class TrackPicture {
  readonly element = shape("svg", { class: "ladder-track", "aria-hidden": "true" });

  draw(row: Row, standard: Standard | null, reach: number): void {
    const at = (z: number) => `${(share(z, reach) * 100).toFixed(2)}%`;
    const seen = observed(row) && row.z !== null ? row.z : null;
    const guess = row.predicted?.z ?? null;
    const parts: SVGElement[] = ticksOf(reach).map((tick) =>
      shape("line", { class: tick === 0 ? "tick zero" : "tick", x1: at(tick), x2: at(tick), y1: 0, y2: "100%" }),
    );
    if (seen !== null && standard) {
      const [low, high] = [toZ(row.low, standard), toZ(row.high, standard)];
      parts.push(shape("line", { class: "interval", x1: at(low), x2: at(high), y1: MIDDLE, y2: MIDDLE }));
      for (const end of [low, high].filter((z) => Math.abs(z) < reach)) {
        parts.push(shape("line", { class: "interval", x1: at(end), x2: at(end), y1: MIDDLE - 4, y2: MIDDLE + 4 }));
      }
    }
    if (seen !== null && guess !== null) {
      const between = { class: row.parted ? "between parted" : "between", y1: MIDDLE, y2: MIDDLE };
      parts.push(shape("line", { ...between, x1: at(guess), x2: at(seen) }));
    }
    if (guess !== null) parts.push(shape("circle", { class: "predicted", cx: at(guess), cy: MIDDLE, r: PREDICTED_PX }));
    if (seen !== null) {
      if (guess !== null && row.parted) parts.push(arrow(at(seen), seen > guess ? 1 : -1));
      parts.push(shape("circle", { class: "observed", cx: at(seen), cy: MIDDLE, r: OBSERVED_PX }));
    }
    this.element.replaceChildren(...parts);
  }
}

/** A head that touches the filled dot. An inner svg carries the place in per cent, which a path cannot. */
function arrow(x: string, way: 1 | -1): SVGElement {
  const tip = -way * (OBSERVED_PX + 1);
  const back = tip - way * HEAD_PX;
  const place = shape("svg", { x, y: MIDDLE, overflow: "visible", width: 1, height: 1 });
  place.append(shape("path", { class: "arrow-head", d: `M${tip} 0 L${back} -4.5 L${back} 4.5 Z` }));
  return place;
}

/** Marks over the film, told apart by shape: a ring with a point while reading; ✓ hit, ○ misplaced, ✕ false afterwards. */
import type { Layer } from "../parts/overlay";
import type { Point } from "../viewer/geometry";
import type { FilmViewer } from "../viewer/viewer";

export type Verdict = "hit" | "misplaced" | "false";

export interface Drawn {
  x: number; // film fractions
  y: number;
  verdict?: Verdict;
  selected?: boolean;
}

const HALO = "rgba(0, 0, 0, 0.8)";
const PLAIN = "#ffffff";
const SELECTED = "#7cc4ff";
const R = 8; // CSS px
const NEAR_PX = 14;

export function markLayer(get: () => readonly Drawn[]): Layer {
  return (paint, _scene, place) => {
    paint.lineCap = "round";
    paint.lineJoin = "round";
    for (const [index, mark] of get().entries()) {
      const { x, y } = place(mark.x, mark.y);
      const color = mark.selected ? SELECTED : PLAIN;
      const width = mark.selected ? 3 : 2;
      paint.setLineDash([]);
      trace(paint, mark.verdict, x, y);
      for (const [style, wide] of [
        [HALO, width + 3],
        [color, width],
      ] as const) {
        paint.strokeStyle = style;
        paint.lineWidth = wide;
        paint.stroke();
      }
      paint.font = "600 13px system-ui, sans-serif";
      paint.textAlign = "left";
      paint.textBaseline = "alphabetic";
      paint.lineWidth = 3.5;
      paint.strokeStyle = HALO;
      paint.strokeText(String(index + 1), x + R + 3, y - R + 3);
      paint.fillStyle = color;
      paint.fillText(String(index + 1), x + R + 3, y - R + 3);
    }
  };
}

function trace(paint: CanvasRenderingContext2D, verdict: Verdict | undefined, x: number, y: number): void {
  paint.beginPath();
  if (verdict === "hit") {
    paint.moveTo(x - R, y);
    paint.lineTo(x - R * 0.25, y + R * 0.8);
    paint.lineTo(x + R, y - R * 0.9);
  } else if (verdict === "false") {
    for (const way of [1, -1]) {
      paint.moveTo(x - R * 0.8, y - R * 0.8 * way);
      paint.lineTo(x + R * 0.8, y + R * 0.8 * way);
    }
  } else {
    paint.arc(x, y, R, 0, 2 * Math.PI);
    if (verdict === "misplaced") return;
    paint.moveTo(x + 0.5, y);
    paint.lineTo(x - 0.5, y);
  }
}

/** The mark under a place on the screen (CSS px), if one is near. */
export function nearest<T extends Drawn>(marks: readonly T[], viewer: FilmViewer, at: Point): T | undefined {
  const { columns, rows } = viewer.view;
  const far = ({ x, y }: T) => {
    const there = viewer.filmToScreen({ x: x * columns, y: y * rows });
    return Math.hypot(there.x - at.x, there.y - at.y);
  };
  return marks.filter((mark) => far(mark) < NEAR_PX).sort((a, b) => far(a) - far(b))[0];
}

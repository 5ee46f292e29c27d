/** Dwell as a map: each fixation a Gaussian, weighted by its duration; all scanpaths count alike. */
import type { Fixation } from "../lib/types";
import type { Heat } from "../viewer/viewer";

const LONG_SIDE = 128;
const SIGMA = 0.045; // of the film's long side, about 2° of a film that fills the screen

export function heatOf(paths: readonly (readonly Fixation[])[], filmColumns: number, filmRows: number): Heat | null {
  const long = Math.max(filmColumns, filmRows);
  const columns = Math.max(2, Math.round((filmColumns / long) * LONG_SIDE));
  const rows = Math.max(2, Math.round((filmRows / long) * LONG_SIDE));
  const sum = new Float32Array(columns * rows);
  const sigma = SIGMA * LONG_SIDE;
  const gauss = (cell: number, center: number) => Math.exp(-((cell + 0.5 - center) ** 2) / (2 * sigma ** 2));
  for (const { x, y, duration_s } of paths.flat()) {
    const across = Float32Array.from({ length: columns }, (_, c) => gauss(c, x * columns));
    const down = Float32Array.from({ length: rows }, (_, r) => duration_s * gauss(r, y * rows));
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        sum[r * columns + c] = (sum[r * columns + c] as number) + (down[r] as number) * (across[c] as number);
      }
    }
  }
  const most = sum.reduce((high, value) => Math.max(high, value), 0);
  if (most === 0) return null;
  return { columns, rows, levels: Uint8Array.from(sum, (value) => Math.round((255 * value) / most)) };
}

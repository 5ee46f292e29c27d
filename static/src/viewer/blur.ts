/** A small blurred copy of the film for the spotlight. Made once a film, when first asked for. */
export interface Small {
  columns: number;
  rows: number;
  pixels: Uint16Array;
}

const LONG_SIDE = 192;
/** Of the long side: about 1° on a film that fills the screen, enough to hide detail and keep the anatomy's place. */
export const SIGMA = 0.018;

export function blurred(columns: number, rows: number, pixels: Uint16Array, sigma = SIGMA): Small {
  const shrink = Math.max(1, Math.max(columns, rows) / LONG_SIDE);
  const small = shrunk(columns, rows, pixels, Math.round(columns / shrink), Math.round(rows / shrink));
  const kernel = gaussian(sigma * Math.max(small.columns, small.rows));
  const across = convolve(small.values, small.columns, small.rows, kernel, 1, small.columns);
  const both = convolve(across, small.rows, small.columns, kernel, small.columns, 1);
  return { columns: small.columns, rows: small.rows, pixels: Uint16Array.from(both, Math.round) };
}

/** Means over exact cells, so that the copy lies where the film lies, whatever the sizes. */
function shrunk(columns: number, rows: number, pixels: Uint16Array, toColumns: number, toRows: number) {
  const values = new Float32Array(toColumns * toRows);
  for (let r = 0; r < toRows; r++) {
    const top = Math.floor((r * rows) / toRows);
    const bottom = Math.max(top + 1, Math.floor(((r + 1) * rows) / toRows));
    for (let c = 0; c < toColumns; c++) {
      const left = Math.floor((c * columns) / toColumns);
      const right = Math.max(left + 1, Math.floor(((c + 1) * columns) / toColumns));
      let sum = 0;
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += pixels[y * columns + x] as number;
      values[r * toColumns + c] = sum / ((bottom - top) * (right - left));
    }
  }
  return { columns: toColumns, rows: toRows, values };
}

function gaussian(sigma: number): Float32Array {
  const reach = Math.ceil(3 * sigma);
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  return kernel.map((weight) => weight / sum);
}

/** Along one axis: `length` values `step` apart, on each of `lines` lines `stride` apart; edges repeat. */
function convolve(
  from: Float32Array,
  length: number,
  lines: number,
  kernel: Float32Array,
  step: number,
  stride: number,
) {
  const to = new Float32Array(from.length);
  const reach = (kernel.length - 1) / 2;
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = -reach; k <= reach; k++) {
        const at = Math.min(Math.max(i + k, 0), length - 1);
        sum += (kernel[k + reach] as number) * (from[line * stride + at * step] as number);
      }
      to[line * stride + i * step] = sum;
    }
  }
  return to;
}

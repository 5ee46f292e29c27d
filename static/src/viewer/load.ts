/** Fetches a film's pixels: gzip'd little-endian uint16, row by row (the browser has unpacked the gzip). */
import { Problem, problemOf } from "../lib/problem";
import type { FilmData } from "../lib/types";

export async function fetchPixels(film: FilmData, signal: AbortSignal): Promise<Uint16Array> {
  let buffer: ArrayBuffer;
  try {
    const response = await fetch(film.pixels, { signal, credentials: "same-origin" });
    if (!response.ok) throw await problemOf(response);
    buffer = await response.arrayBuffer();
  } catch (error) {
    if (signal.aborted || error instanceof Problem) throw error;
    throw new Problem({ title: "The film did not arrive.", detail: "Check the connection and try again." });
  }
  const wanted = film.rows * film.columns * 2;
  if (buffer.byteLength !== wanted) {
    throw new Problem({
      title: "The film arrived damaged.",
      detail: `${buffer.byteLength} bytes came where ${wanted} belong. Try again; tell an admin if it stays so.`,
    });
  }
  return new Uint16Array(buffer); // every browser's machine is little-endian
}

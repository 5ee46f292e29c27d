/** Named windows of a film: its own first, then those that its source named, then ones made from its own. */
import type { FilmData } from "../lib/types";

export interface Preset {
  name: string;
  center: number; // stored values
  width: number;
}

const NEAR = 0.002; // of the width: what nobody can see

export function presetsOf(film: FilmData, range: () => [number, number]): Preset[] {
  const { window_center: center, window_width: width } = film;
  const [low, high] = range();
  const named = film.windows.map((window, index) => ({
    ...window,
    name: window.name || `Window ${index + 2} of the source`,
  }));
  const all: Preset[] = [
    { name: "Film", center, width },
    ...named,
    { name: "More contrast", center, width: width * 0.6 },
    { name: "Less contrast", center, width: width * 1.5 },
    { name: "Dark parts (lungs)", center: center - width * 0.18, width: width * 0.55 },
    { name: "Bright parts (mediastinum, bone)", center: center + width * 0.2, width: width * 0.6 },
    { name: "All values", center: (low + high) / 2, width: Math.max(high - low, 2) },
  ];
  return all.filter((preset, index) => matching(all, preset.center, preset.width) === index);
}

/** Index of the first preset that is this window; -1 when the window is the reader's own. */
export function matching(presets: readonly Preset[], center: number, width: number): number {
  return presets.findIndex(
    (preset) =>
      Math.abs(preset.center - center) <= NEAR * preset.width && Math.abs(preset.width - width) <= NEAR * preset.width,
  );
}

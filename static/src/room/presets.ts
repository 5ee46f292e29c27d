/** Window presets: the film's own first, then ones made from it, then the further windows that its source named. */
import type { FilmData } from "../lib/types";

export interface Preset {
  name: string;
  center: number;
  width: number;
}

export function presetsOf(film: FilmData, range: () => [number, number]): Preset[] {
  const { window_center: center, window_width: width } = film;
  const [low, high] = range();
  return [
    { name: "As stored", center, width },
    { name: "More contrast", center, width: width * 0.6 },
    { name: "Less contrast", center, width: width * 1.5 },
    { name: "Dark parts (lungs)", center: center - width * 0.18, width: width * 0.55 },
    { name: "Bright parts (mediastinum, bone)", center: center + width * 0.2, width: width * 0.6 },
    { name: "All values", center: (low + high) / 2, width: Math.max(high - low, 2) },
    ...film.windows
      .filter((window) => window.center !== center || window.width !== width)
      .map((window, index) => ({ ...window, name: window.name || `Window ${index + 2} of the source` })),
  ];
}

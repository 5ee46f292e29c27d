/** Coarse words for a place on an upright frontal film: the patient's right is on the image's left. */
export function region(x: number, y: number): string {
  if (x < 0 || x > 1 || y < 0 || y > 1) return "off the film";
  const height = y < 0.36 ? "upper" : y < 0.6 ? "middle" : "lower";
  if (x > 0.42 && x < 0.58) return `midline, ${height}`;
  return `patient’s ${x < 0.5 ? "right" : "left"}, ${height}`;
}

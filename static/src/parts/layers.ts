/**
 * What is drawn of scanpaths. Told apart by shape, line and number before colour: numbered markers (size by duration),
 * saccade lines with an arrow, solid 1 sd and dashed 2 sd ellipses, small diamonds for those that stand behind.
 */
import type { Ellipse, Fixation } from "../lib/types";
import { radius } from "./hit";
import type { Layer, Place } from "./overlay";
import { cornersOf, currentAt, STYLES, type Style, type Track } from "./track";

type Paint = CanvasRenderingContext2D;

const HALO = "rgba(0, 0, 0, 0.75)";
const TRAIL = 8; // the latest fixations of a scanpath alone are drawn in full, earlier ones step back
const SHORT_TRAIL = 3; // of each of several
const ACCENT = STYLES[0]?.now ?? "";

/** The scanpaths with their numbers, the lead uppermost. */
export const scanpaths: Layer = (paint, { tracks, lead, time }, place) => {
  const several = tracks.length > 1;
  const order = [...tracks.keys()].filter((index) => index !== lead);
  for (const index of [...order, lead]) {
    const track = tracks[index];
    if (track) scanpath(paint, track, time, place, several);
  }
};

function scanpath(paint: Paint, { fixations, style }: Track, time: number, place: Place, several: boolean): void {
  const current = currentAt(fixations, time);
  const trail = several ? SHORT_TRAIL : TRAIL;
  for (let i = 1; i <= current; i++) {
    paint.globalAlpha = current - i < trail ? 1 : 0.3;
    saccade(paint, fixations[i - 1] as Fixation, fixations[i] as Fixation, style, i === current, place, several);
  }
  for (const [index, fixation] of fixations.slice(0, current + 1).entries()) {
    paint.globalAlpha = current - index < trail ? 1 : several ? 0.45 : 0.6;
    marker(paint, fixation, index, style, index === current, time, place, several);
  }
}

function marker(
  paint: Paint,
  fixation: Fixation,
  index: number,
  style: Style,
  now: boolean,
  time: number,
  place: Place,
  several: boolean,
): void {
  const { x, y } = place(fixation.x, fixation.y);
  const r = radius(fixation, several);
  outline(paint, style, x, y, r);
  paint.fillStyle = now ? "rgba(0, 0, 0, 0.45)" : "rgba(0, 0, 0, 0.3)";
  paint.fill();
  line(paint, now ? style.now : style.color, now ? 3 : 1.5);
  const share = (time - fixation.onset_s) / Math.max(fixation.duration_s, 1e-3);
  if (now && share > 0 && share < 1) {
    paint.beginPath();
    paint.arc(x, y, r + (several ? 6.5 : 4.5), -Math.PI / 2, -Math.PI / 2 + share * 2 * Math.PI);
    line(paint, style.color, 2.5);
  }
  paint.font = `600 ${now ? 14 : 12}px system-ui, sans-serif`;
  paint.textAlign = "center";
  paint.textBaseline = "middle";
  paint.lineWidth = 3;
  paint.strokeStyle = HALO;
  const number = String(index + 1);
  paint.strokeText(number, x, y + 0.5);
  paint.fillStyle = style.color;
  paint.fillText(number, x, y + 0.5);
}

function outline(paint: Paint, style: Style, x: number, y: number, r: number): void {
  paint.beginPath();
  if (style.marker === "circle") paint.arc(x, y, r, 0, 2 * Math.PI);
  for (const [index, [dx, dy]] of cornersOf(style.marker, r).entries()) {
    if (index === 0) paint.moveTo(x + dx, y + dy);
    else paint.lineTo(x + dx, y + dy);
  }
  if (style.marker !== "circle") paint.closePath();
}

/** From rim to rim, with an arrow head at the new fixation. */
function saccade(
  paint: Paint,
  from: Fixation,
  to: Fixation,
  style: Style,
  now: boolean,
  place: Place,
  several: boolean,
): void {
  const a = place(from.x, from.y);
  const b = place(to.x, to.y);
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const leaves = radius(from, several);
  const meets = radius(to, several);
  const gap = leaves + meets;
  if (length <= gap + 2) return;
  const ux = (b.x - a.x) / length;
  const uy = (b.y - a.y) / length;
  const tip = { x: b.x - ux * (meets + 1), y: b.y - uy * (meets + 1) };
  paint.beginPath();
  paint.moveTo(a.x + ux * leaves, a.y + uy * leaves);
  paint.lineTo(tip.x, tip.y);
  paint.setLineDash(style.dash);
  line(paint, style.color, now ? 2 : several ? 1.5 : 1.2);
  paint.setLineDash([]);
  const head = Math.min(8, (length - gap) * 0.6);
  paint.beginPath();
  paint.moveTo(tip.x, tip.y);
  paint.lineTo(tip.x - ux * head - uy * head * 0.5, tip.y - uy * head + ux * head * 0.5);
  paint.lineTo(tip.x - ux * head + uy * head * 0.5, tip.y - uy * head - ux * head * 0.5);
  paint.closePath();
  paint.fillStyle = style.color;
  paint.fill();
}

/** Uncertainty of the lead's current fixation only: that of whole scanpaths would hide the film. */
export const uncertainty: Layer = (paint, { tracks, lead, time }, place) => {
  const path = tracks[lead]?.fixations ?? [];
  const fixation = path[currentAt(path, time)];
  if (!fixation?.ellipse) return;
  ellipse(paint, fixation, fixation.ellipse, 1, place);
  line(paint, ACCENT, 1.8);
  ellipse(paint, fixation, fixation.ellipse, 2, place);
  paint.setLineDash([6, 5]);
  line(paint, ACCENT, 1.5);
};

/** The curve of `sds` standard deviations, mapped point by point so that zoom, turn and pixel shape all hold. */
function ellipse(paint: Paint, { x, y }: Fixation, { sd_x, sd_y, rho }: Ellipse, sds: number, place: Place): void {
  const across = Math.sqrt(Math.max(0, 1 - rho * rho));
  paint.beginPath();
  for (let i = 0; i <= 48; i++) {
    const angle = (i / 48) * 2 * Math.PI;
    const u = Math.cos(angle);
    const v = rho * u + across * Math.sin(angle);
    const point = place(x + sds * sd_x * u, y + sds * sd_y * v);
    if (i === 0) paint.moveTo(point.x, point.y);
    else paint.lineTo(point.x, point.y);
  }
}

/** Scanpaths that stand behind: thin line, small diamonds, no numbers. */
export const behind: Layer = (paint, { others, time }, place) => {
  for (const path of others) {
    const points = path.filter(({ onset_s }) => onset_s <= time).map(({ x, y }) => place(x, y));
    paint.beginPath();
    for (const [index, { x, y }] of points.entries()) {
      if (index === 0) paint.moveTo(x, y);
      else paint.lineTo(x, y);
    }
    paint.strokeStyle = "rgba(255, 255, 255, 0.28)";
    paint.lineWidth = 1;
    paint.stroke();
    paint.beginPath();
    for (const { x, y } of points) {
      paint.moveTo(x, y - 4);
      paint.lineTo(x + 4, y);
      paint.lineTo(x, y + 4);
      paint.lineTo(x - 4, y);
      paint.closePath();
    }
    paint.strokeStyle = "rgba(255, 255, 255, 0.65)";
    paint.stroke();
  }
};

/** Strokes the path with a dark halo, so that it shows on white bone as on black air. */
function line(paint: Paint, color: string, width: number): void {
  paint.strokeStyle = HALO;
  paint.lineWidth = width + 2;
  paint.stroke();
  paint.strokeStyle = color;
  paint.lineWidth = width;
  paint.stroke();
}

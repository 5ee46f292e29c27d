/** Findings drawn over a film by mouse, finger or keys: which one is chosen, and what the hand does to it. */
import type { FilmViewport } from "../parts/filmviewport";
import { type FindingData, findingLayer } from "../parts/findinglayer";
import type { Layer } from "../parts/overlay";
import { contains, type EllipseShape, middleOf, type Shape } from "../parts/shapes";
import type { Point } from "../viewer/geometry";
import { type EditFinding, type History, type KeyDoc, newId, withFinding, withNew, without } from "./doc";
import { AXES, endOf, fromDrag, type Handle, kept, moved, pulled, sized, turned } from "./ellipses";

const STEP_PX = 4; // of a key
const TURN_DEG = 5;
const GRASP_PX = 11;
const FINGER_PX = 24;
const SIGN_PX = 30; // from the outline to the sign that turns it
const DRAG_PX = 5; // less is a tap
const ACCENT = "#7cc4ff";
const HALO = "rgba(0, 0, 0, 0.75)";

type Hold =
  | { kind: "new"; from: Point; fromPx: Point }
  | { kind: "move"; id: string; from: Point; fromPx: Point; shape: Shape }
  | { kind: "pull"; id: string; handle: Handle; shape: EllipseShape };

export class KeyEditor {
  chosen: string | null = null;
  private hold: Hold | null = null;
  private changed = false; // whether the hold has made a step
  private fresh: string | null = null; // what the hold has made
  private touch = false;
  private before: string | null = null; // what was chosen when the hold began
  /** After something was drawn by the mouse: what it is can be typed at once. */
  onDrawn: (() => void) | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly viewport: FilmViewport,
    private readonly history: History<KeyDoc>,
  ) {
    viewport.gestures.tool = "draw";
    viewport.gestures.drawing = {
      start: (at, event) => this.start(at, event.pointerType === "touch"),
      move: (at) => this.move(at),
      end: () => this.end(),
      cancel: () => this.cancel(),
    };
    const read = viewport.gestures.onHover;
    viewport.gestures.onHover = (at) => {
      read?.(at);
      this.hover(at);
    };
    viewport.layers.push(
      findingLayer(() => this.shown()),
      this.handles,
    );
  }

  get doc(): KeyDoc {
    return this.history.now;
  }

  get finding(): EditFinding | null {
    return this.doc.findings.find(({ id }) => id === this.chosen) ?? null;
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** A step. Steps of one `tag` that follow each other soon are undone together. */
  set(doc: KeyDoc, tag = ""): void {
    this.history.set(doc, tag, this.hold !== null);
    this.told();
  }

  choose(id: string | null): void {
    if (this.chosen === id) return;
    this.chosen = id;
    this.history.seal();
    this.told();
  }

  /** The one after (or before) the chosen one; false when there is none, so that Tab goes on through the page. */
  next(by: 1 | -1): boolean {
    const ids = this.doc.findings.map(({ id }) => id);
    const at = this.chosen ? ids.indexOf(this.chosen) : by > 0 ? -1 : ids.length;
    const id = ids[at + by];
    if (!id) return false;
    this.choose(id);
    return true;
  }

  /** A new ellipse in the middle of what is seen of the film. */
  add(): void {
    const { viewer, aspect } = this.viewport;
    if (!viewer.film) return;
    const { width, height } = viewer.view;
    const middle = this.viewport.toFilm({ x: width / 2, y: height / 2 });
    const radius = Math.min(0.08, (0.12 * Math.min(width, height)) / (viewer.view.scale * viewer.view.columns));
    const shape = { kind: "ellipse" as const, ...middle, radius_x: radius, radius_y: radius, angle_deg: 0 };
    this.put(kept(shape, aspect));
  }

  /** Moves the chosen one by steps on the screen. */
  nudge(dx: number, dy: number): void {
    const { finding } = this;
    if (!finding) return;
    const at = middleOf(finding.shape);
    const on = this.viewport.toScreen(at.x, at.y);
    const to = this.viewport.toFilm({ x: on.x + dx * STEP_PX, y: on.y + dy * STEP_PX });
    this.reshape(finding.id, moved(finding.shape, to.x - at.x, to.y - at.y, this.viewport.aspect), "move");
  }

  size(across: number, down: number): void {
    const { finding } = this;
    if (finding?.shape.kind !== "ellipse") return;
    const { scale, columns } = this.viewport.viewer.view;
    const step = STEP_PX / (scale * columns);
    this.reshape(finding.id, sized(finding.shape, across * step, down * step, this.viewport.aspect), "size");
  }

  turn(by: number): void {
    const { finding } = this;
    if (finding?.shape.kind !== "ellipse") return;
    this.reshape(finding.id, turned(finding.shape, by * TURN_DEG, this.viewport.aspect), "turn");
  }

  remove(id = this.chosen): void {
    if (!id) return;
    const ids = this.doc.findings.map((one) => one.id);
    const at = ids.indexOf(id);
    if (this.chosen === id) this.chosen = ids[at + 1] ?? ids[at - 1] ?? null;
    this.set(without(this.doc, id));
  }

  undo(): void {
    if (this.history.undo()) this.settle();
  }

  redo(): void {
    if (this.history.redo()) this.settle();
  }

  /** Brings the finding into the middle of the screen, if it is not seen as a whole. */
  reveal(id: string): void {
    const shape = this.doc.findings.find((one) => one.id === id)?.shape;
    const { viewer } = this.viewport;
    if (!shape || !viewer.film) return;
    const { x, y } = middleOf(shape);
    const at = this.viewport.toScreen(x, y);
    const { width, height } = viewer.view;
    const margin = 40;
    if (at.x > margin && at.y > margin && at.x < width - margin && at.y < height - margin) return;
    viewer.pan(width / 2 - at.x, height / 2 - at.y);
  }

  private put(shape: Shape): void {
    const id = newId();
    this.chosen = id;
    this.fresh = id;
    this.set(withNew(this.doc, { id, label: "", shape, importance: this.doc.normal ? 1 : 2, note: "" }), `new:${id}`);
  }

  private reshape(id: string, shape: Shape, what: string): void {
    this.set(withFinding(this.doc, id, { shape }), `${what}:${id}`);
  }

  private settle(): void {
    if (!this.finding) this.chosen = null;
    this.told();
  }

  private told(): void {
    this.viewport.refresh();
    for (const listener of this.listeners) listener();
  }

  // --- the hand

  private start(at: Point, touch: boolean): void {
    this.changed = false;
    this.fresh = null;
    this.before = this.chosen;
    this.touch = touch;
    const place = this.viewport.toFilm(at);
    const handle = this.handleAt(at, touch ? FINGER_PX : GRASP_PX);
    const { finding } = this;
    if (handle && finding?.shape.kind === "ellipse") {
      this.hold = { kind: "pull", id: finding.id, handle, shape: finding.shape };
      this.history.seal();
      return;
    }
    const under = this.at(place);
    if (under) {
      this.choose(under.id);
      this.history.seal();
      this.hold = { kind: "move", id: under.id, from: place, fromPx: at, shape: under.shape };
    } else this.hold = { kind: "new", from: place, fromPx: at };
  }

  private move(at: Point): void {
    const { hold } = this;
    if (!hold) return;
    const to = this.viewport.toFilm(at);
    const { aspect } = this.viewport;
    if (hold.kind === "pull") {
      this.changed = true;
      this.reshape(hold.id, pulled(hold.shape, hold.handle, to, aspect), "pull");
      return;
    }
    if (!this.changed && Math.hypot(at.x - hold.fromPx.x, at.y - hold.fromPx.y) < DRAG_PX) return;
    if (hold.kind === "move") {
      this.changed = true;
      this.reshape(hold.id, moved(hold.shape, to.x - hold.from.x, to.y - hold.from.y, aspect), "drag");
      return;
    }
    const shape = fromDrag(hold.from, to, aspect);
    if (!shape) return;
    this.changed = true;
    if (this.fresh) this.reshape(this.fresh, shape, "new");
    else this.put(shape);
  }

  private end(): void {
    if (this.hold?.kind === "new" && !this.changed) this.choose(null); // a tap beside everything
    const drawn = this.fresh !== null && !this.touch;
    this.hold = null;
    this.history.seal();
    this.told();
    if (drawn) this.onDrawn?.();
  }

  private cancel(): void {
    if (this.changed) {
      this.history.abandon();
      this.chosen = this.before;
      this.settle();
    }
    this.hold = null;
  }

  /** The chosen one before the others, the latest before earlier ones. */
  private at(place: Point): EditFinding | null {
    const { aspect } = this.viewport;
    const order = [this.finding, ...[...this.doc.findings].reverse()];
    return order.find((one) => one && contains(one.shape, place, aspect)) ?? null;
  }

  private handleAt(at: Point, slack: number): Handle | null {
    for (const [handle, place] of this.grasps()) {
      if (Math.hypot(place.x - at.x, place.y - at.y) <= slack) return handle;
    }
    return null;
  }

  /** Where the chosen ellipse is grasped, CSS px. */
  private grasps(): [Handle, Point][] {
    const shape = this.finding?.shape;
    if (shape?.kind !== "ellipse") return [];
    const ends = (Object.keys(AXES) as (keyof typeof AXES)[]).map((handle): [Handle, Point] => {
      const end = endOf(shape, handle, this.viewport.aspect);
      return [handle, this.viewport.toScreen(end.x, end.y)];
    });
    const middle = this.viewport.toScreen(shape.x, shape.y);
    const up = ends.find(([handle]) => handle === "up")?.[1] ?? middle;
    const length = Math.hypot(up.x - middle.x, up.y - middle.y) || 1;
    const far = (length + SIGN_PX) / length;
    const sign = { x: middle.x + (up.x - middle.x) * far, y: middle.y + (up.y - middle.y) * far };
    return [["turn", sign], ...ends];
  }

  private hover(at: Point | null): void {
    const { host, gestures } = this.viewport;
    let over = "";
    if (at && gestures.tool === "draw") {
      const handle = this.handleAt(at, GRASP_PX);
      if (handle) over = handle === "turn" ? "turn" : "size";
      else if (this.at(this.viewport.toFilm(at))) over = "move";
    }
    host.dataset.over = over;
  }

  private shown(): FindingData[] {
    return this.doc.findings.map((one, index) => ({ ...one, number: index + 1, state: "plain" }));
  }

  private readonly handles: Layer = (paint) => {
    const grasps = this.grasps();
    if (grasps.length === 0) return;
    const [sign, ...ends] = grasps;
    const up = ends.find(([handle]) => handle === "up");
    if (sign && up) {
      paint.beginPath();
      paint.moveTo(up[1].x, up[1].y);
      paint.lineTo(sign[1].x, sign[1].y);
      stroke(paint, 1.5);
    }
    for (const [handle, { x, y }] of [...ends, ...(sign ? [sign] : [])]) {
      paint.beginPath();
      if (handle === "turn") paint.arc(x, y, 6, 0, 2 * Math.PI);
      else paint.rect(x - 4.5, y - 4.5, 9, 9);
      paint.fillStyle = "#000";
      paint.fill();
      stroke(paint, 2);
    }
  };
}

function stroke(paint: CanvasRenderingContext2D, width: number): void {
  paint.strokeStyle = HALO;
  paint.lineWidth = width + 2.5;
  paint.stroke();
  paint.strokeStyle = ACCENT;
  paint.lineWidth = width;
  paint.stroke();
}

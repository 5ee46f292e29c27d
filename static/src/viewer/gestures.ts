/**
 * Pointer, wheel and touch on the viewport. Left button or one finger: the chosen tool; middle button: pan;
 * right button: window; wheel or two fingers: zoom about the place; double click: fit, unless something is drawn.
 */
import type { Point } from "./geometry";
import type { FilmViewer } from "./viewer";

export type Tool = "window" | "pan" | "draw";

/** What a page does with the left button or one finger while the tool is `draw`. A second finger ends it by `cancel`. */
export interface Drawing {
  start(at: Point, event: PointerEvent): void;
  move(at: Point, event: PointerEvent): void;
  end(at: Point): void;
  cancel(): void;
}

export interface Gestures {
  tool: Tool;
  drawing?: Drawing;
  onTap?: (at: Point) => void;
  onHover?: (at: Point | null) => void;
}

const TAP_PX = 4;

export function attachGestures(viewport: HTMLElement, viewer: FilmViewer, state: Gestures, signal: AbortSignal): void {
  const down = new Map<number, Point>();
  let moved = 0;
  let button = 0;
  let draws = false;

  const place = (event: MouseEvent): Point => {
    const box = viewer.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  /** Whatever lies over the film (a form, a notice) keeps its own pointer, wheel and menu. */
  const onFilm = (event: Event) => event.target === viewer.canvas || event.target === viewport;

  const contextmenu = (event: Event) => onFilm(event) && event.preventDefault();

  const pointerdown = (event: PointerEvent) => {
    if (!viewer.film || !onFilm(event)) return;
    viewport.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    button = event.button;
    moved = down.size > 1 ? TAP_PX + 1 : 0;
    viewport.classList.add("dragging");
    if (event.button === 1) event.preventDefault();
    if (draws) {
      draws = false;
      state.drawing?.cancel();
    } else if (state.tool === "draw" && event.button === 0 && down.size === 1) {
      draws = true;
      state.drawing?.start(place(event), event);
    }
  };

  const pointermove = (event: PointerEvent) => {
    const at = place(event);
    const before = down.get(event.pointerId);
    if (!before) {
      state.onHover?.(viewer.film ? at : null);
      return;
    }
    down.set(event.pointerId, at);
    moved += Math.hypot(at.x - before.x, at.y - before.y);
    if (draws) {
      state.drawing?.move(at, event);
    } else if (down.size === 2) {
      const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
      if (other) pinch(viewer, other, before, at);
    } else if (down.size === 1 && moved > TAP_PX) {
      const tool = button === 1 ? "pan" : button === 2 ? "window" : state.tool;
      if (tool === "pan") viewer.pan(at.x - before.x, at.y - before.y);
      else if (tool === "window") dragWindow(viewer, at.x - before.x, at.y - before.y);
    }
  };

  const up = (event: PointerEvent) => {
    if (!down.delete(event.pointerId)) return;
    if (draws) {
      draws = false;
      if (event.type === "pointerup") state.drawing?.end(place(event));
      else state.drawing?.cancel();
    }
    if (down.size === 0) {
      viewport.classList.remove("dragging");
      if (moved <= TAP_PX && event.type === "pointerup" && button === 0) state.onTap?.(place(event));
    }
  };
  const wheel = (event: WheelEvent) => {
    if (!viewer.film || !onFilm(event)) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 18 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.0016; // a touch pad's pinch comes as a wheel with ctrl
    viewer.zoom(viewer.view.scale * Math.exp(-event.deltaY * unit * speed), place(event));
  };

  viewport.addEventListener("contextmenu", contextmenu, { signal });
  viewport.addEventListener("pointerdown", pointerdown, { signal });
  viewport.addEventListener("pointermove", pointermove, { signal });
  viewport.addEventListener("pointerup", up, { signal });
  viewport.addEventListener("pointercancel", up, { signal });
  viewport.addEventListener("pointerleave", () => state.onHover?.(null), { signal });
  viewport.addEventListener("wheel", wheel, { signal, passive: false });
  viewport.addEventListener("dblclick", (event) => onFilm(event) && state.tool !== "draw" && viewer.fit(), { signal });
}

/** Right: wider. Up: brighter. A drag over 500 px changes the window by its default width. */
export function dragWindow(viewer: FilmViewer, dx: number, dy: number): void {
  const step = (viewer.film?.window_width ?? 1) / 500;
  const sign = viewer.invert ? -1 : 1;
  viewer.window(viewer.windowCenter + sign * dy * step, viewer.windowWidth + dx * step);
}

function pinch(viewer: FilmViewer, still: Point, before: Point, after: Point): void {
  const was = Math.hypot(before.x - still.x, before.y - still.y);
  const is = Math.hypot(after.x - still.x, after.y - still.y);
  const middle = { x: (still.x + after.x) / 2, y: (still.y + after.y) / 2 };
  viewer.pan((after.x - before.x) / 2, (after.y - before.y) / 2);
  if (was > 1) viewer.zoom((viewer.view.scale * is) / was, middle);
}

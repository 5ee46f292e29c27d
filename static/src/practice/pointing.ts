/**
 * Follows mouse, pen and finger over the film with all that the browser has counted since the last frame. While one
 * finger only looks, the viewport's own gestures do not hear of it, until a second finger comes to zoom.
 */
import type { FilmViewer } from "../viewer/viewer";
import type { Aperture } from "./aperture";
import type { Fractions } from "./recorder";

export interface Pointing {
  /** Whether one finger moves the disc and nothing else. */
  looks: () => boolean;
  /** Where it is looked at a moment of the browser's clock (ms). */
  told: (place: Fractions | null, moment: number) => void;
  moved: () => void;
  /** A finger that looked has been lifted; `still`: it did not move. */
  lifted: (still: boolean) => void;
}

const STILL_PX = 10; // a finger is not as still as a mouse

export function follow(host: HTMLElement, viewer: FilmViewer, aperture: Aperture, to: Pointing): void {
  let looking: PointerEvent | null = null; // the finger that looks, as it came down
  let latest: PointerEvent | null = null;
  let far = 0; // how far it went, CSS px
  let [lastX, lastY] = [Number.NaN, Number.NaN];

  const hidden = (event: PointerEvent) => event.target !== viewer.canvas && event.target !== host;
  const finger = (event: PointerEvent) => event.pointerType === "touch";

  const take = (event: PointerEvent) => {
    if (!event.isPrimary || hidden(event)) return;
    if (event.clientX === lastX && event.clientY === lastY) return; // browsers repeat a move when the page changes
    [lastX, lastY] = [event.clientX, event.clientY];
    const box = viewer.canvas.getBoundingClientRect();
    const place = ({ clientX, clientY }: MouseEvent) => ({ x: clientX - box.left, y: clientY - box.top });
    const all = event.type === "pointermove" ? event.getCoalescedEvents() : [];
    for (const each of all.length > 0 ? all : [event]) {
      to.told(aperture.placeAt(place(each), finger(event)), each.timeStamp);
    }
    aperture.point(place(event), finger(event));
    to.moved();
  };

  const down = (event: PointerEvent) => {
    if (!event.isTrusted) return; // the one below
    take(event);
    if (!finger(event) || hidden(event)) return;
    if (looking && latest) {
      // A second finger: the viewport takes both from where they are now.
      const { pointerId, clientX, clientY } = latest;
      looking = null;
      const told = { pointerId, clientX, clientY, pointerType: "touch", button: 0, bubbles: true };
      viewer.canvas.dispatchEvent(new PointerEvent("pointerdown", told));
    } else if (event.isPrimary && to.looks()) {
      looking = latest = event;
      far = 0;
      host.setPointerCapture(event.pointerId);
      event.stopImmediatePropagation();
    }
  };

  const move = (event: PointerEvent) => {
    take(event);
    if (looking?.pointerId !== event.pointerId) return;
    far = Math.max(far, Math.hypot(event.clientX - looking.clientX, event.clientY - looking.clientY));
    latest = event;
    event.stopImmediatePropagation();
  };

  const up = (event: PointerEvent) => {
    if (looking?.pointerId !== event.pointerId) return;
    looking = null;
    event.stopImmediatePropagation();
    if (event.type === "pointerup") to.lifted(far <= STILL_PX);
  };

  const leave = (event: PointerEvent) => {
    if (finger(event)) return; // a lifted finger leaves the disc where it was
    [lastX, lastY] = [Number.NaN, Number.NaN];
    aperture.point(null);
    if (!aperture.place) to.told(null, event.timeStamp);
    to.moved();
  };

  const early = { capture: true };
  host.addEventListener("pointerdown", down, early);
  host.addEventListener("pointermove", move, early);
  host.addEventListener("pointerup", up, early);
  host.addEventListener("pointercancel", up, early);
  host.addEventListener("pointerleave", leave);
}

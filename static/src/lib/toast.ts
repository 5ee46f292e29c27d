/** Short messages in a corner, read out by screen readers; refusals stay until closed. */
import { el, icon } from "./dom";

export function toast(words: string, kind: "" | "bad" = ""): void {
  const place = document.querySelector("[data-toasts]");
  if (!place) return;
  const close = el("button", { class: "tool", type: "button", "aria-label": "Close" }, icon("close"));
  const made = el("div", { class: `toast ${kind}` }, el("div", { class: "grow" }, words), close);
  close.addEventListener("click", () => made.remove());
  place.append(made);
  while (place.childElementCount > 4) place.firstElementChild?.remove();
  if (kind !== "bad") window.setTimeout(() => made.remove(), 6000);
}

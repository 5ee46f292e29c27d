/** A problem or a state in a box: what happened, what is known, what can be done. */
import { el } from "./dom";
import type { ProblemData } from "./problem";

export function notice(problem: ProblemData, kind: "bad" | "" = "bad", ...more: (Node | null)[]): HTMLElement {
  return el(
    "div",
    { class: `notice ${kind}`, role: kind ? "alert" : "status" },
    el("strong", {}, problem.title),
    el("p", {}, problem.detail ?? ""),
    ...more,
  );
}

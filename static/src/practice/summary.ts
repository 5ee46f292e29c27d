/** The result in two lines: what was found, whether the answer was right, by which key and model, and when it comes back. */
import { el } from "../lib/dom";
import { modelLink } from "../lib/modellink";
import type { FeedbackData } from "./feedbacktypes";
import type { AttemptData } from "./types";

export function summaryOf(data: FeedbackData, attempt: AttemptData): Node[] {
  const { key, answer, success, model } = data;
  const counted = key.findings.filter(({ importance }) => importance >= 2);
  const found = counted.filter(({ state }) => state === "hit").length;
  const surely = data.marks.filter(({ verdict, confidence }) => verdict === "false" && confidence >= 4).length;
  const result = key.normal
    ? answer.right
      ? "Rightly called normal"
      : "A normal film, called not normal"
    : `${found} of ${counted.length} ${counted.length === 1 ? "finding" : "findings"}`;
  const facts = [
    key.normal ? "" : answer.right ? "Rightly called not normal." : "Not normal, but called normal.",
    !success && !key.normal && found === counted.length && surely > 0
      ? `Not yet a success: ${surely} false ${surely === 1 ? "mark" : "marks"} of confidence 4 or 5.`
      : "",
    data.due ? `This film comes back on ${dayOf(data.due)}.` : "",
  ];
  return [
    el(
      "h2",
      { class: "title" },
      result,
      el("span", { class: "badge", "data-state": success ? "done" : "missed" }, success ? "success" : "not yet"),
    ),
    el("p", { class: "small soft" }, facts.filter(Boolean).join(" ")),
    el(
      "p",
      { class: "small soft row" },
      el("span", {}, `Key version ${key.version}`),
      model && el("span", {}, "· model ", modelLink(model)),
      model?.simulated && el("span", { class: "badge tag" }, "learnt from simulated readings"),
      attempt.simulated && el("span", { class: "badge tag" }, "simulated film"),
    ),
  ];
}

/** "2 December" */
export function dayOf(date: string): string {
  return new Date(`${date}T12:00:00`).toLocaleDateString("en-GB", { day: "numeric", month: "long" });
}

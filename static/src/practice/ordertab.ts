/** In what order the regions of the film were first visited, beside the predicted reading's. */
import { el } from "../lib/dom";
import type { FeedbackData } from "./feedbacktypes";

export function orderTab({ order, regions, useful_field }: FeedbackData): Node[] {
  const { own, predicted, common = [], tau, shuffles } = order;
  const parts: Node[] = [el("p", { class: "lead" }, order.words)];
  if (own && predicted) {
    parts.push(
      el(
        "p",
        { class: "small soft" },
        "On the film each region has your place first, then the predicted one. Regions that overlap and were reached with one fixation stand one after the other here, and count as tied.",
      ),
    );
  }
  if (own) parts.push(el("h3", {}, "You"), strip(own, common));
  if (predicted) parts.push(el("h3", {}, "Predicted reading"), strip(predicted, common, "theirs"));
  if (typeof tau === "number") {
    parts.push(
      el(
        "p",
        { class: "small soft" },
        `Kendall’s τ ${tau.toFixed(2)} over the ${common.length} regions that both visited (solid here); ${shuffles} shuffles. ` +
          `A region counts as visited within ${useful_field} film widths.`,
      ),
      el(
        "p",
        { class: "small soft" },
        "No order is the right one. It is worth a look when a region comes late or never.",
      ),
    );
  }
  if (regions.problem && regions.problem !== order.words) parts.push(el("p", { class: "small soft" }, regions.problem));
  return parts;
}

function strip(names: readonly string[], common: readonly string[], whose = ""): HTMLElement {
  if (names.length === 0) return el("p", { class: "small soft" }, "No region was visited.");
  return el(
    "ol",
    { class: `visits ${whose}` },
    ...names.map((name) => el("li", { "data-common": common.includes(name) }, name)),
  );
}

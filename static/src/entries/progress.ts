/** How practice goes: one curve with n and interval, misses by kind, and what comes back. */

import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { notice } from "../lib/notice";
import { count } from "../lib/plural";
import { Problem } from "../lib/problem";
import { Curve, type Point, percent, pointWords } from "../practice/curve";
import { dayOf } from "../practice/summary";

interface ProgressData {
  n: number;
  window: number; // cases that a share is of
  points: Point[];
  misses: Record<"search" | "recognition" | "decision", number>;
  due: string[]; // dates
  due_now: number;
  left: number;
}

const KINDS = [
  ["search", "Never looked at"],
  ["recognition", "Looked at for less than 1 s, not marked"],
  ["decision", "Looked at for 1 s or more, not marked"],
] as const;

function show(data: ProgressData): void {
  const { points, n, window: cases } = data;
  const last = points[points.length - 1];
  must("[data-said]").textContent = !last
    ? "The curve begins with your first case."
    : n < cases
      ? `${n} of ${count(cases, "case")}: too few to tell a trend, so the curve is grey. So far ${percent(last.share)} succeeded.`
      : `Of your last ${count(cases, "case")} ${percent(last.share)} succeeded (95 %: ${percent(last.low)} to ${percent(last.high)}); ${n} in all.`;
  must<HTMLElement>("[data-chart-box]").hidden = !last;
  if (last) chart(data);
  misses(data);
  due(data);
}

function chart({ points }: ProgressData): void {
  const at = must("[data-at]");
  const curve = new Curve(must("[data-chart]"), points, (point) => {
    at.textContent = point ? pointWords(point) : "";
  });
  must("[data-png]").addEventListener("click", () => curve.save("progress.png"));
  must("[data-rows]").replaceChildren(
    ...[...points]
      .reverse()
      .map(({ n, at: when, success, share, low, high, cases }) =>
        el(
          "tr",
          {},
          el("td", { class: "num" }, String(n)),
          el("td", { title: when }, when ? dayOf(when.slice(0, 10)) : ""),
          el("td", {}, success ? "success" : "not yet"),
          el("td", { class: "num" }, percent(share)),
          el("td", { class: "num" }, `${percent(low)} to ${percent(high)}`),
          el("td", { class: "num" }, String(cases)),
        ),
      ),
  );
}

function misses({ misses: counts }: ProgressData): void {
  const all = KINDS.reduce((sum, [name]) => sum + counts[name], 0);
  must("[data-misses]").replaceChildren(
    ...KINDS.map(([name, words]) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, name),
        el("td", { class: "num" }, String(counts[name])),
        el("td", { class: "soft small" }, words),
      ),
    ),
  );
  must("[data-missed]").textContent =
    all === 0 ? "No finding was missed yet." : `${count(all, "missed finding")} in all.`;
}

function due({ due: dates, due_now, left }: ProgressData): void {
  const days = new Map<string, number>();
  for (const date of dates.slice(due_now)) days.set(date, (days.get(date) ?? 0) + 1);
  const films = (n: number) => count(n, "film");
  must("[data-due]").replaceChildren(
    el("li", {}, due_now > 0 ? `${films(due_now)} now` : "Nothing is due now"),
    ...[...days].map(([date, count]) => el("li", {}, `${films(count)} on ${dayOf(date)}`)),
    el("li", { class: "soft" }, `${films(left)} you have not read yet`),
  );
}

api<ProgressData>("GET", "/api/v1/practice/progress/").then(show, (error) =>
  must("[data-said]").replaceChildren(notice(Problem.of(error).data)),
);

/** A new training: one form with defaults that make sense, and an estimate of time and data before it starts. */

import { api } from "../lib/api";
import { day } from "../lib/day";
import { el, must } from "../lib/dom";
import { notice } from "../lib/notice";
import { count } from "../lib/plural";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { bodyOf, lacks, queryOf, type Wish, wishOf } from "../models/runform";
import { SourceBoxes } from "../models/sources";
import type { EstimateData, ModelList, Run } from "../models/types";
import { tunedName } from "../models/words";
import { everything } from "../releases/pieces";
import type { ReleaseRow } from "../releases/types";

const SOON_MS = 300;

const form = must<HTMLFormElement>("[data-new-run]");
const name = must<HTMLInputElement>("[data-name]", form);
const from = must<HTMLSelectElement>("[data-from]", form);
const release = must<HTMLSelectElement>("[data-release]", form);
const amount = must<HTMLInputElement>("[data-amount]", form);
const seed = must<HTMLInputElement>("[data-seed]", form);
const start = must<HTMLButtonElement>("[data-start]");
const box = must<HTMLElement>("[data-estimate]");
const first = wishOf(new URLSearchParams(location.search));
const sources = new SourceBoxes(first.sources, () => changed());
let named = false; // by hand
let told = ""; // what the estimate is of
let asked = 0;
let due = 0;

const radio = (group: string): string =>
  form.querySelector<HTMLInputElement>(`input[name=${group}]:checked`)?.value ?? "";

function wish(): Wish {
  return {
    from: from.value || null,
    kind: radio("kind") === "release" ? "release" : "consented",
    release: release.value || null,
    sources: sources.chosen,
    budget: radio("budget") === "steps" ? "steps" : "minutes",
    amount: amount.valueAsNumber,
    seed: seed.valueAsNumber || 0,
  };
}

function changed(): void {
  const now = wish();
  must<HTMLElement>("[data-release-box]").hidden = now.kind !== "release";
  must<HTMLElement>("[data-sources]").hidden = now.kind !== "consented";
  amount.step = now.budget === "steps" ? "1" : "any";
  must("[data-amount-unit]").textContent = now.budget;
  if (!named) name.value = tunedName(from.selectedOptions[0]?.dataset.name ?? "model", new Date());
  const key = JSON.stringify(now);
  if (key === told) return; // a box that is left says so once more, and Start must not go away under the finger
  told = key;
  history.replaceState(null, "", `?${queryOf(now)}`);
  start.disabled = true;
  const missing = lacks(now);
  window.clearTimeout(due);
  asked += 1;
  if (missing) box.replaceChildren(el("p", { class: "soft" }, missing));
  else due = window.setTimeout(() => void estimate(now), SOON_MS);
  box.toggleAttribute("data-old", !missing);
}

async function estimate(now: Wish): Promise<void> {
  const mine = ++asked;
  try {
    const data = await api<EstimateData>("GET", `/api/v1/training/estimate/?${queryOf(now)}`);
    if (mine !== asked) return;
    box.replaceChildren(...sides(data));
    start.disabled = data.problem !== null;
  } catch (error) {
    if (mine !== asked) return;
    box.replaceChildren(notice(Problem.of(error).data));
  }
  box.toggleAttribute("data-old", false);
}

function sides({ counts, sentence, starts, problem }: EstimateData): Node[] {
  const { readings, readers, cases, people, simulated_readings } = counts;
  const whose =
    simulated_readings > 0
      ? `${count(simulated_readings, "of them is", "of them are")} simulated`
      : "none of them is simulated";
  return [
    sentence ? el("p", { class: "lead" }, sentence) : "",
    starts ? el("p", {}, starts) : "",
    sentence ? el("p", { class: "small soft" }, "With gathering the readings, comparing and the gate.") : "",
    el(
      "dl",
      { class: "facts" },
      el("dt", {}, "Readings"),
      el("dd", {}, `${readings.toLocaleString("en-GB")}${readings > 0 ? `, ${whose}` : ""}`),
      el("dt", {}, "Films"),
      el("dd", {}, count(cases, "case")),
      el("dt", {}, "Readers"),
      el("dd", {}, `${readers.toLocaleString("en-GB")}, ${count(people, "of them is a person", "of them are people")}`),
    ),
    problem ? notice({ title: "It cannot start like this.", detail: problem }) : "",
  ].map((part) => (typeof part === "string" ? document.createTextNode(part) : part));
}

async function fillFrom(): Promise<void> {
  const { champion, models } = await api<ModelList>("GET", "/api/v1/models/");
  const rest = models.filter(({ sha256 }) => sha256 !== champion?.sha256);
  from.replaceChildren(
    el(
      "option",
      { value: "", "data-name": champion?.name ?? "model" },
      champion ? `${champion.name}, the champion` : "The champion",
    ),
    ...rest.map((model) =>
      el(
        "option",
        { value: model.sha256, "data-name": model.name, selected: model.sha256 === first.from },
        `${model.name}, ${model.state}, ${day(model.created_at)}`,
      ),
    ),
  );
}

async function fillReleases(): Promise<void> {
  const all = await everything<ReleaseRow>("/api/v1/releases/");
  const ready = all.filter(({ state }) => state === "ready");
  release.replaceChildren(
    ...(ready.length === 0 ? [el("option", { value: "" }, "No release has been made yet")] : []),
    ...ready.map(({ id, name: words, version, counts, created_at }) =>
      el(
        "option",
        { value: id, selected: id === first.release },
        [`${words} (version ${version})`, count(counts.readings, "reading"), day(created_at)]
          .filter(Boolean)
          .join(", "),
      ),
    ),
  );
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (start.disabled) return;
  start.disabled = true;
  try {
    const run = await api<Run>("POST", "/api/v1/training/runs/", bodyOf(name.value, wish()));
    location.assign(`/models/runs/${run.id}/`);
  } catch (error) {
    toast(Problem.of(error).words, "bad");
    start.disabled = false;
  }
});

name.addEventListener("input", () => {
  named = name.value.trim() !== "";
});
for (const group of ["kind", "budget"] as const) {
  const chosen = form.querySelector<HTMLInputElement>(`input[name=${group}][value=${first[group]}]`);
  if (chosen) chosen.checked = true;
}
amount.value = String(first.amount);
must("[data-sources]").replaceChildren(sources.element);
form.addEventListener("change", changed);
amount.addEventListener("input", changed);
for (const fill of [fillFrom(), fillReleases()]) {
  fill.then(changed, (error) => {
    toast(Problem.of(error).words, "bad");
    changed();
  });
}

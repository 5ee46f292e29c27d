/** One practice set: its cases in order, what each still lacks, and a search for more. */

import { api } from "../lib/api";
import { el, icon, must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { simulatedBadge } from "../lib/simulated";
import { toast } from "../lib/toast";
import type { CaseData } from "../lib/types";
import { ask as sure } from "../parts/ask";
import { mayOpen, type PlaceData, readable, type SetData, stateWords } from "../sets/words";

const url = `/api/v1/sets/${must<HTMLElement>("[data-set]").dataset.set}/`;
const list = must<HTMLOListElement>("[data-places]");
const find = must<HTMLInputElement>("#find");
const found = must<HTMLUListElement>("[data-found]");
const words = must<HTMLFormElement>("[data-words]");
let data: SetData | null = null;
let asking = new AbortController();

async function act<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    toast(Problem.of(error).words, "bad");
    return null;
  }
}

async function load(): Promise<void> {
  try {
    show(await api<SetData>("GET", url));
  } catch (error) {
    must("[data-problem]").replaceChildren(notice(Problem.of(error).data));
  }
}

async function change(method: string, path: string, body: object, focus?: () => void): Promise<void> {
  const changed = await act(() => api<SetData | undefined>(method, url + path, body));
  if (changed === null) return;
  if (changed) show(changed);
  else await load();
  focus?.();
}

function show(set: SetData): void {
  data = set;
  must("[data-name]").textContent = set.name;
  document.title = `${set.name} · MedGaze`;
  must("[data-state-words]").textContent = stateWords(set);
  const verb = set.open ? "close" : "open";
  const button = el(
    "button",
    { class: set.open ? "button" : "button main", type: "button", "data-verb": verb },
    set.open ? "Close it" : "Open it",
  );
  button.disabled = !set.open && !set.places.some(readable);
  if (button.disabled) button.title = "A case needs an approved key first, and its owner's yes if it is private.";
  button.addEventListener("click", async () => {
    if (await mayOpen(verb)) await change("POST", `${verb}/`, {});
  });
  must("[data-verbs]").replaceChildren(
    el("span", { class: "badge", "data-state": set.open ? "open" : "" }, set.open ? "open" : "not open"),
    simulatedBadge(set.simulated) || "",
    button,
  );
  list.replaceChildren(...set.places.map((place, index) => line(set, place, index)));
  for (const [name, value] of [
    ["name", set.name],
    ["description", set.description],
  ] as const) {
    const box = words.elements.namedItem(name) as HTMLInputElement;
    if (document.activeElement !== box) box.value = value;
  }
  must<HTMLButtonElement>("[data-delete]").disabled = set.open;
  for (const add of found.querySelectorAll<HTMLButtonElement>("[data-add]")) mark(add);
}

function line(set: SetData, place: PlaceData, index: number): HTMLElement {
  const what = `“${place.title}”`;
  const tool = (name: string, label: string, run: () => void, off = false) => {
    const button = el("button", { class: "tool", type: "button", title: label, "aria-label": `${label}: ${what}` });
    button.append(icon(name));
    button.disabled = off;
    button.dataset.do = name;
    button.addEventListener("click", run);
    return button;
  };
  const move = (by: number) => () => {
    const order = set.places.map((one) => one.case);
    order.splice(index + by, 0, ...order.splice(index, 1));
    const name = by < 0 ? "up" : "down";
    void change("PATCH", "", { order }, () => {
      const again = list.children[index + by]?.querySelector<HTMLButtonElement>(`[data-do=${name}]`);
      (again?.disabled ? list.children[index + by]?.querySelector<HTMLElement>("a") : again)?.focus();
    });
  };
  const remove = () => void change("DELETE", `cases/${place.case}/`, {}, () => find.focus());
  const key =
    place.key_version === null
      ? place.draft_version === null
        ? "Write its key"
        : "Finish its key"
      : place.draft_version === null
        ? `Key, version ${place.key_version}`
        : `Key, version ${place.key_version}, and a draft`;
  return el(
    "li",
    { class: "place", "data-case": place.case },
    el("span", { class: "numbers" }, String(index + 1)),
    el(
      "span",
      { class: "thumb" },
      place.thumbnail
        ? el("img", { src: place.thumbnail, alt: "", width: 56, height: 56, loading: "lazy" })
        : icon("film"),
    ),
    el(
      "div",
      {},
      el("h3", {}, el("a", { href: `/cases/${place.case}/` }, place.title)),
      el(
        "div",
        { class: "row small" },
        el("a", { class: "button tiny", href: `/cases/${place.case}/key/` }, key),
        place.key_version === null &&
          el("span", { class: "badge", "data-state": "waiting" }, "no key yet: not practised"),
        place.state !== "ready" && el("span", { class: "badge", "data-state": "waiting" }, place.state),
        agreement(place),
      ),
    ),
    el(
      "div",
      { class: "row" },
      tool("up", "Earlier", move(-1), index === 0),
      tool("down", "Later", move(1), index === set.places.length - 1),
      tool("close", "Take out", remove),
    ),
  );
}

function agreement(place: PlaceData): HTMLElement | null {
  if (place.agreed) return null;
  const said = place.answered_at ? "said no: not practised" : "is asked: not practised until the yes";
  return el(
    "span",
    { class: "badge", "data-state": place.answered_at ? "refused" : "waiting" },
    `${place.owner.name} ${said}`,
  );
}

// --- adding

let due = 0;

function search(): void {
  clearTimeout(due);
  due = window.setTimeout(() => void ask(), 250);
}

async function ask(): Promise<void> {
  asking.abort();
  asking = new AbortController();
  const query = new URLSearchParams({ state: "ready", page_size: "8", search: find.value.trim() });
  try {
    const answer = await api<{ results: CaseData[] }>("GET", `/api/v1/cases/?${query}`, undefined, asking.signal);
    const fits = answer.results.filter(({ may }) => may.author);
    found.replaceChildren(
      ...fits.map(offer),
      ...(fits.length === 0 ? [el("li", { class: "soft small" }, "No ready case fits.")] : []),
    );
  } catch (error) {
    if (!asking.signal.aborted) toast(Problem.of(error).words, "bad");
  }
}

function offer(found: CaseData): HTMLElement {
  const add = el("button", { class: "button tiny", type: "button", "data-add": found.id }, "Add");
  add.addEventListener("click", () => void change("POST", "cases/", { case: found.id }));
  mark(add);
  const whose = found.mine ? "yours" : `${found.owner.name}${found.published ? "" : ", private: is asked"}`;
  return el(
    "li",
    {},
    found.film ? el("img", { src: found.film.thumbnail, alt: "", width: 40, height: 40 }) : icon("film"),
    el("span", { class: "grow" }, found.title, " ", el("span", { class: "small soft" }, `· ${whose}`)),
    add,
  );
}

function mark(add: HTMLButtonElement): void {
  const there = data?.places.some((place) => place.case === add.dataset.add) ?? false;
  add.disabled = there;
  add.textContent = there ? "In the set" : "Add";
}

find.addEventListener("input", search);
words.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(words);
  await change("PATCH", "", { name: form.get("name"), description: form.get("description") });
  toast("Saved.");
});
must("[data-delete]").addEventListener("click", async () => {
  const body = [el("p", {}, "Its cases and their keys stay.")];
  const title = `Delete “${data?.name ?? "this set"}”?`;
  if (!(await sure({ title, body, yes: "Delete it", no: "Keep it" }))) return;
  if ((await act(() => api("DELETE", url))) !== null) location.assign("/sets/");
});
addKeys({ keys: ["/"], group: "Practice set", what: "Search for a case to add", run: () => find.focus() });
void load().then(ask);

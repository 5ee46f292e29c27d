/** Look at a film that waits, then release or reject it. */
import htmx from "htmx.org";
import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import type { CaseData } from "../lib/types";
import { attachGestures, type Gestures } from "../viewer/gestures";
import { FilmViewer } from "../viewer/viewer";

const inspect = must<HTMLElement>("[data-inspect]");
const list = must<HTMLElement>("#waiting");
const message = must<HTMLElement>("[data-message]");
const gestures: Gestures = { tool: "window" };
let viewer: FilmViewer | null = null;
let looked: CaseData | null = null;

async function look(id: string): Promise<void> {
  inspect.hidden = false;
  decide(false);
  try {
    looked = await api<CaseData>("GET", `/api/v1/cases/${id}/`);
    must("[data-title]").textContent = looked.title;
    must("[data-why]").textContent = looked.problem?.title ?? "";
    if (!viewer) {
      viewer = new FilmViewer(must("[data-film]"));
      attachGestures(must("[data-stage]"), viewer, gestures);
    }
    say("Opening the film …");
    if (!looked.film) throw new Problem({ title: "This film is no longer here." });
    await viewer.load(looked.film);
    say("");
    decide(true); // only what was seen can be judged
    inspect.scrollIntoView({ block: "nearest" });
  } catch (error) {
    say(Problem.of(error).words);
  }
}

function say(words: string): void {
  message.hidden = !words;
  message.replaceChildren(el("div", { class: "notice" }, words));
}

function decide(may: boolean): void {
  for (const name of ["release", "reject"]) must<HTMLButtonElement>(`[data-${name}]`).disabled = !may;
}

async function verdict(verb: "release" | "reject"): Promise<void> {
  if (!looked) return;
  if (verb === "reject" && !confirm("Delete this film for good?")) return;
  decide(false);
  try {
    await api("POST", `/api/v1/cases/${looked.id}/${verb}/`, {});
    toast(verb === "release" ? "Released." : "Rejected; its pixels are deleted.");
    inspect.hidden = true;
    htmx.trigger(list, "refresh");
  } catch (error) {
    toast(Problem.of(error).words, "bad");
    decide(true);
  }
}

list.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-look]") : null;
  if (button?.dataset.look) void look(button.dataset.look);
});
must("[data-fit]").addEventListener("click", () => viewer?.fit());
must("[data-invert]").addEventListener("click", () => viewer?.setInvert(!viewer.invert));
must("[data-wide]").addEventListener("click", () => {
  const [low, high] = viewer?.range() ?? [0, 1];
  viewer?.window((low + high) / 2, high - low);
});
must<HTMLSelectElement>("[data-tool]").addEventListener("change", (event) => {
  gestures.tool = (event.target as HTMLSelectElement).value === "pan" ? "pan" : "window";
});
must("[data-release]").addEventListener("click", () => void verdict("release"));
must("[data-reject]").addEventListener("click", () => void verdict("reject"));

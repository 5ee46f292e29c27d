/** Look at a film that waits, then release or reject it. */
import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import type { CaseData } from "../lib/types";
import { ask } from "../parts/ask";
import { FilmViewport } from "../parts/filmviewport";
import { LiveList } from "../parts/livelist";

const inspect = must<HTMLElement>("[data-inspect]");
const waiting = must<HTMLElement>("#waiting");
const list = new LiveList(waiting);
let viewport: FilmViewport | null = null;
let looked: CaseData | null = null;

async function look(id: string): Promise<void> {
  inspect.hidden = false;
  decide(false);
  viewport ??= new FilmViewport(must("[data-viewport]"), {
    label: "The film to look at",
    film: "Chest film in quarantine",
  });
  viewport.close(); // never the film before under this one's name
  try {
    looked = await api<CaseData>("GET", `/api/v1/cases/${id}/`);
    must("[data-title]").textContent = looked.title;
    must("[data-why]").textContent = looked.problem?.title ?? "";
    if (!looked.film) throw new Problem({ title: "This film is no longer here." });
    viewport.say(null);
    decide(await viewport.open(looked.film)); // only what was seen can be judged
    inspect.scrollIntoView({ block: "nearest" });
  } catch (error) {
    viewport.say(notice(Problem.of(error).data));
  }
}

function decide(may: boolean): void {
  for (const name of ["release", "reject"]) must<HTMLButtonElement>(`[data-${name}]`).disabled = !may;
}

async function verdict(verb: "release" | "reject"): Promise<void> {
  if (!looked) return;
  const body = [el("p", {}, "Its pixels are gone for good, and every case that has it is refused.")];
  const asked = { title: `Delete the film of “${looked.title}”?`, body, yes: "Delete it", no: "Leave it waiting" };
  if (verb === "reject" && !(await ask(asked))) return;
  decide(false);
  try {
    await api("POST", `/api/v1/cases/${looked.id}/${verb}/`, {});
    toast(verb === "release" ? "Released." : "Rejected; its pixels are deleted.");
    inspect.hidden = true;
    list.refresh();
  } catch (error) {
    toast(Problem.of(error).words, "bad");
    decide(true);
  }
}

waiting.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-look]") : null;
  if (button?.dataset.look) void look(button.dataset.look);
});
must("[data-fit]").addEventListener("click", () => viewport?.viewer.fit());
must("[data-invert]").addEventListener("click", () => viewport?.viewer.setInvert(!viewport.viewer.invert));
must("[data-wide]").addEventListener("click", () => {
  const [low, high] = viewport?.viewer.range() ?? [0, 1];
  viewport?.viewer.window((low + high) / 2, high - low);
});
must<HTMLSelectElement>("[data-tool]").addEventListener("change", (event) => {
  if (!viewport) return;
  viewport.gestures.tool = (event.target as HTMLSelectElement).value === "pan" ? "pan" : "window";
  viewport.refresh();
});
must("[data-release]").addEventListener("click", () => void verdict("release"));
must("[data-reject]").addEventListener("click", () => void verdict("reject"));

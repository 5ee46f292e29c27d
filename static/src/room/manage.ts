/** What owner, faculty and admins may change about the case, and the marked report that waits for its owner's word. */
import { api } from "../lib/api";
import { el } from "../lib/dom";
import { identityCheck, type Kept } from "../lib/identity";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import type { CaseData } from "../lib/types";
import { ask } from "../parts/ask";

export function manageOf(data: CaseData, changed: (data: CaseData) => void): HTMLElement | null {
  const url = `/api/v1/cases/${data.id}/`;
  const act = async (work: () => Promise<unknown>, words: string) => {
    try {
      const answer = await work();
      toast(words);
      if (answer && typeof answer === "object" && "id" in answer) changed(answer as CaseData);
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
  };
  const button = (words: string, run: () => void, kind = "") => {
    const made = el("button", { class: `button tiny ${kind}`, type: "button" }, words);
    made.addEventListener("click", run);
    return made;
  };
  const actions: HTMLElement[] = [];
  if (data.may.publish) {
    const words = data.published ? "Take out of the library" : "Put into everybody’s library";
    const done = data.published ? "No longer in everybody’s library." : "In everybody’s library.";
    actions.push(button(words, () => void act(() => api("PATCH", url, { published: !data.published }), done)));
  }
  if (data.may.hide) {
    const body = [el("p", {}, "It goes back to quarantine, and predictions on it are hidden too.")];
    const send = async () => {
      await api("POST", `${url}hide/`, {});
      if (!data.may.release) location.assign("/cases/");
    };
    const hide = async () => {
      const sure = await ask({ title: "Hide this film from everybody at once?", body, yes: "Hide it", no: "Leave it" });
      if (sure) await act(send, "Hidden; it waits in quarantine.");
    };
    actions.push(button("Identity seen on the film: hide", () => void hide(), "bad"));
  }
  if (data.may.delete) {
    const remove = async () => {
      await api("DELETE", url);
      location.assign("/cases/");
    };
    const sure = async () => {
      const body = [el("p", {}, "The case is gone for good, and its film too unless another case has it.")];
      const title = `Delete “${data.title}”?`;
      if (await ask({ title, body, yes: "Delete it", no: "Keep it" })) await act(remove, "Deleted.");
    };
    actions.push(button("Delete", () => void sure(), "bad"));
  }
  const form = data.may.edit ? editForm(data, url, changed) : null;
  if (!form && actions.length === 0) return null;
  return el("div", {}, form, el("div", { class: "row" }, ...actions));
}

function editForm(data: CaseData, url: string, changed: (data: CaseData) => void): HTMLElement {
  const title = el("input", { value: data.title, maxlength: 120, required: true, "aria-label": "Title" });
  const report = el("textarea", { rows: 7, "aria-label": "Report" });
  report.value = data.report ?? "";
  const form = el(
    "form",
    {},
    el("div", { class: "field" }, el("label", {}, "Title", title)),
    el("div", { class: "field" }, el("label", {}, "Report", report)),
    el(
      "p",
      { class: "hint" },
      "Leave out names, dates and numbers of the patient. A new report gets a new prediction.",
    ),
    el("p", {}, el("button", { class: "button tiny" }, "Save")),
  );
  const check = el("div");
  const back = el("button", { class: "button tiny", type: "button" }, "Back, without saving");
  back.addEventListener("click", () => {
    check.replaceChildren();
    form.hidden = false;
    title.focus();
  });
  const save = async ({ texts, confirmed }: Kept) => {
    const answer = await api<CaseData>("PATCH", url, { ...texts, confirmed });
    toast("Saved.");
    changed(answer);
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const texts: Record<string, string> = {};
    if (title.value !== data.title) texts.title = title.value;
    if (report.value !== (data.report ?? "")) texts.report = report.value;
    if (Object.keys(texts).length === 0) return;
    try {
      await save({ texts, confirmed: [] });
    } catch (error) {
      const problem = Problem.of(error);
      if (!problem.data.flagged) {
        toast(problem.words, "bad");
        return;
      }
      form.hidden = true;
      const decided = (kept: Kept) => save({ ...kept, texts: { ...texts, ...kept.texts } });
      check.replaceChildren(identityCheck(problem.data.flagged, decided), el("p", {}, back));
    }
  });
  return el("div", {}, form, check);
}

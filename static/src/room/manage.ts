/** What owner, faculty and admins may change about the case, and the marked report that waits for its owner's word. */
import { api } from "../lib/api";
import { marked } from "../lib/confirm";
import { el } from "../lib/dom";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import type { CaseData } from "../lib/types";

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
    const sure = "Hide this film at once and send it back to quarantine? Predictions on it are hidden too.";
    const send = async () => {
      await api("POST", `${url}hide/`, {});
      if (!data.may.release) location.assign("/cases/");
    };
    const hide = () => confirm(sure) && void act(send, "Hidden; it waits in quarantine.");
    actions.push(button("Identity seen on the film: hide", hide, "bad"));
  }
  if (data.may.delete) {
    const remove = async () => {
      await api("DELETE", url);
      location.assign("/cases/");
    };
    actions.push(button("Delete", () => confirm("Delete this case for good?") && void act(remove, "Deleted."), "bad"));
  }
  const form =
    data.may.edit && (data.state === "ready" || data.state === "quarantined") ? editForm(data, url, act) : null;
  if (!form && actions.length === 0) return null;
  return el("div", {}, form, el("div", { class: "row" }, ...actions));
}

type Act = (work: () => Promise<unknown>, words: string) => Promise<void>;

function editForm(data: CaseData, url: string, act: Act): HTMLElement {
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
  const seen = el("div");
  form.append(seen);
  let confirmed = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const change: Record<string, unknown> = {};
    if (title.value !== data.title) change.title = title.value;
    if (report.value !== (data.report ?? "")) Object.assign(change, { report: report.value, confirmed });
    if (Object.keys(change).length === 0) return;
    const send = async () => {
      try {
        return await api("PATCH", url, change);
      } catch (error) {
        const refused = Problem.of(error).data;
        if (refused.marks) {
          confirmed = true; // the marks are shown: saving again means that they name nobody
          seen.replaceChildren(marked(refused.field === "report" ? report.value : title.value, refused.marks));
        }
        throw error;
      }
    };
    void act(send, "Saved.");
  });
  return form;
}

/** A report with marks on what may name somebody, and the text that will be kept; the uploader has the last word. */
import { api } from "./api";
import { el } from "./dom";
import { Problem } from "./problem";
import type { CaseData, Mark } from "./types";

/** The text with its marks; offsets count characters (code points), as the server counts them. */
export function marked(text: string, marks: Mark[]): HTMLElement {
  const signs = [...text];
  const box = el("div", { class: "marked", tabindex: 0 });
  let at = 0;
  for (const mark of marks) {
    box.append(
      signs.slice(at, mark.start).join(""),
      el("mark", {}, signs.slice(mark.start, mark.end).join(""), el("small", {}, mark.kind)),
    );
    at = mark.end;
  }
  box.append(signs.slice(at).join(""));
  return box;
}

export function withSuggestions(text: string, marks: Mark[]): string {
  const signs = [...text];
  for (const mark of [...marks].reverse()) signs.splice(mark.start, mark.end - mark.start, mark.suggestion);
  return signs.join("");
}

/** The form for a case that waits to be confirmed; resolves into `done` with the case as it is then. */
export async function confirmForm(caseId: string, done: (data: CaseData) => void): Promise<HTMLElement> {
  const url = `/api/v1/cases/${caseId}/`;
  const { text, marks } = await api<{ text: string; marks: Mark[] }>("GET", `${url}report-marks/`);
  const kept = el("textarea", { rows: 6, id: `kept-${caseId}` });
  kept.value = withSuggestions(text, marks);
  const send = el("button", { class: "button main" }, "Keep this text");
  const asSent = el("button", { class: "button", type: "button" }, "The marks name nobody: keep it as sent");
  const words = el("p", { class: "small", role: "alert" });
  asSent.addEventListener("click", () => {
    kept.value = text;
    kept.focus();
  });
  const count = marks.length === 1 ? "One place in the report looks" : `${marks.length} places in the report look`;
  const form = el(
    "form",
    {},
    el(
      "p",
      {},
      el("strong", {}, `${count} as if somebody could be recognised. `),
      "The report goes on only when you have looked.",
    ),
    el("p", { class: "label" }, "As you sent it"),
    marked(text, marks),
    el("div", { class: "field" }, el("label", { for: kept.id }, "What will be kept (edit it as you like)"), kept),
    el("div", { class: "row" }, send, asSent),
    words,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      done(await api<CaseData>("POST", `${url}confirm-report/`, { text: kept.value }));
    } catch (error) {
      words.textContent = Problem.of(error).words;
      send.disabled = false;
    }
  });
  return form;
}

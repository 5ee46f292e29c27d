/**
 * The identity check: texts with marks on what may name somebody, and what will be kept of each. A person has the last
 * word, and the server takes that word for the very text that was shown, so an edited one may come back with marks.
 */
import { api } from "./api";
import { el } from "./dom";
import { Problem } from "./problem";
import type { CaseData, Flagged, Mark } from "./types";

/** What a person decided: the texts by field, and the digests of those that stay although they are marked. */
export interface Kept {
  texts: Record<string, string>;
  confirmed: string[];
}

const NAMES: Record<string, string> = { title: "Title", report: "Report", note: "Note" };

/** The text with its marks; offsets count characters (code points), as the server counts them. */
function marked(text: string, marks: Mark[]): HTMLElement {
  const signs = [...text];
  const box = el("div", { class: "marked", tabindex: 0, role: "group", "aria-label": "As written, with marks" });
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

/** The text with every mark replaced by what the server suggests. */
export function withSuggestions(text: string, marks: Mark[]): string {
  const signs = [...text];
  for (const mark of [...marks].reverse()) signs.splice(mark.start, mark.end - mark.start, mark.suggestion);
  return signs.join("");
}

let made = 0;

/**
 * A form over the marked texts. `keep` sends what was decided; if the server marks a text again, the form shows that
 * one, and what was decided about the others is sent along with the next answer.
 */
export function identityCheck(flagged: Flagged[], keep: (kept: Kept) => Promise<void>): HTMLFormElement {
  const form = el("form", { class: "identity" });
  const texts: Record<string, string> = {};
  const confirmed = new Set<string>();
  let fields: Field[] = [];

  function show(found: Flagged[], why: string): void {
    fields = found.map((one) => new Field(one));
    const count = found.reduce((sum, { marks }) => sum + marks.length, 0);
    const places = count === 1 ? "One place looks" : `${count} places look`;
    form.replaceChildren(
      el(
        "p",
        { role: "alert" },
        el("strong", {}, why || `${places} as if somebody could be recognised. `),
        "Nothing goes on until you have looked.",
      ),
      ...fields.map(({ element }) => element),
      el("div", { class: "row" }, el("button", { class: "button main" }, "Keep this text")),
    );
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    for (const field of fields) {
      texts[field.name] = field.value;
      if (field.asWritten) confirmed.add(field.digest);
    }
    const button = form.querySelector<HTMLButtonElement>(".main");
    if (button) button.disabled = true;
    try {
      await keep({ texts, confirmed: [...confirmed] });
    } catch (error) {
      const { data, words } = Problem.of(error);
      if (data.flagged) {
        show(data.flagged, `${data.title} `);
        form.querySelector<HTMLElement>(".marked")?.focus();
      } else {
        form.querySelector("[role=alert]")?.replaceChildren(el("strong", {}, words));
        if (button) button.disabled = false;
      }
    }
  });
  show(flagged, "");
  return form;
}

/** One marked text: as written, and what will be kept of it. Keeping it as written needs a tick. */
class Field {
  readonly element: HTMLElement;
  readonly name: string;
  readonly digest: string;
  private readonly box: HTMLInputElement | HTMLTextAreaElement;
  private readonly tick = el("input", { type: "checkbox" });
  private readonly sure: HTMLElement;

  constructor(private readonly flagged: Flagged) {
    const { field, text, marks } = flagged;
    const id = `identity-${++made}`;
    this.name = field;
    this.digest = flagged.digest;
    this.box =
      field === "title" ? el("input", { id, maxlength: 120, required: true }) : el("textarea", { id, rows: 4 });
    this.sure = el("label", { class: "sure" }, this.tick, "I have looked: nothing that is marked names a patient.");
    const fill = (words: string, value: string) => {
      const button = el("button", { class: "button tiny", type: "button" }, words);
      button.addEventListener("click", () => this.fill(value));
      return button;
    };
    this.box.addEventListener("input", () => this.changed());
    this.element = el(
      "fieldset",
      {},
      el("legend", {}, NAMES[field] ?? field),
      marked(text, marks),
      el("div", { class: "field" }, el("label", { for: id }, "What will be kept (edit it as you like)"), this.box),
      el(
        "div",
        { class: "row" },
        fill("Replace all marks", withSuggestions(text, marks)),
        fill("Keep it as written", text),
      ),
      this.sure,
    );
    this.fill(withSuggestions(text, marks));
  }

  get value(): string {
    return this.box.value;
  }

  /** Whether the marked text itself stays. */
  get asWritten(): boolean {
    return this.value === this.flagged.text && this.flagged.marks.length > 0;
  }

  private fill(value: string): void {
    this.box.value = value;
    this.changed();
  }

  private changed(): void {
    this.sure.hidden = !this.asWritten;
    this.tick.required = this.asWritten;
    if (!this.asWritten) this.tick.checked = false;
  }
}

/** The check for a case whose report waits for its uploader; `done` gets the case as it is then. */
export async function confirmForm(caseId: string, done: (data: CaseData) => void): Promise<HTMLFormElement> {
  const url = `/api/v1/cases/${caseId}/`;
  const { flagged } = await api<{ flagged: Flagged[] }>("GET", `${url}report-marks/`);
  return identityCheck(flagged, async ({ texts, confirmed }) =>
    done(await api<CaseData>("POST", `${url}confirm-report/`, { text: texts.report, confirmed })),
  );
}

/** The words of an answer key beside the film: normal or not, the findings as a list, the teaching note. */
import { el, icon } from "../lib/dom";
import { completed } from "../lib/terms";
import { type EditFinding, IMPORTANCE, type Importance, type KeyDoc, withFinding } from "./doc";
import type { KeyEditor } from "./editor";

export class KeyPanel {
  private readonly rows = new Map<string, Row>();
  private readonly list = el("ol", { class: "key-findings", "aria-label": "Findings" });
  private readonly none = el("p", { class: "small soft", "data-none": true });
  private readonly answers: HTMLInputElement[];
  private readonly note = el("textarea", { id: "key-note", rows: 4, maxlength: 5000, "data-note": true });

  constructor(
    host: HTMLElement,
    private readonly editor: KeyEditor,
    private readonly terms: readonly string[],
  ) {
    const answer = (value: boolean, words: string, key: string) => {
      const input = el("input", { type: "radio", name: "normal", value: String(value) });
      input.addEventListener("change", () => this.say(value));
      return { input, label: el("label", { class: "pick", title: `${words} (${key})` }, input, el("span", {}, words)) };
    };
    const [normal, not] = [answer(true, "Normal", "N"), answer(false, "Not normal", "X")];
    this.answers = [normal.input, not.input];
    const add = el("button", { class: "button tiny", type: "button", title: "An ellipse in the middle (E)" }, "Add");
    add.addEventListener("click", () => editor.add());
    this.note.addEventListener("input", () => editor.set({ ...editor.doc, note: this.note.value }, "note"));
    host.replaceChildren(
      el(
        "section",
        {},
        el(
          "fieldset",
          { class: "picks", "data-normal": true },
          el("legend", {}, "This film is"),
          normal.label,
          not.label,
        ),
      ),
      el("section", {}, el("h2", {}, "Findings", add), this.none, this.list),
      el(
        "section",
        {},
        el("h2", {}, el("label", { for: "key-note" }, "Teaching note")),
        this.note,
        el("p", { class: "hint" }, "Residents read it after their attempt. Leave out names, dates and numbers."),
      ),
    );
    editor.onChange(() => this.refresh());
    this.refresh();
  }

  say(normal: boolean): void {
    this.editor.set({ ...this.editor.doc, normal });
  }

  /** The label of the chosen finding, to be typed. */
  focusLabel(): void {
    if (this.editor.chosen) this.rows.get(this.editor.chosen)?.label.focus();
  }

  refresh(): void {
    const { doc, chosen } = this.editor;
    for (const input of this.answers) input.checked = String(doc.normal) === input.value;
    fill(this.note, doc.note);
    for (const [id, row] of this.rows) {
      if (!doc.findings.some((one) => one.id === id)) {
        row.element.remove();
        this.rows.delete(id);
      }
    }
    for (const [index, finding] of doc.findings.entries()) {
      const row = this.rows.get(finding.id) ?? this.add(finding);
      row.show(finding, index + 1, finding.id === chosen, doc);
      if (this.list.children[index] !== row.element)
        this.list.insertBefore(row.element, this.list.children[index] ?? null);
    }
    this.none.hidden = doc.findings.length > 0;
    this.none.textContent = doc.normal
      ? "None. Draw only what is there by the way."
      : "Drag over the film where a finding lies, or press E.";
  }

  private add(finding: EditFinding): Row {
    const row = new Row(finding.id, this.editor, this.terms);
    this.rows.set(finding.id, row);
    return row;
  }
}

let made = 0;

/** One finding: a line, and the rest of it while it is the chosen one. */
class Row {
  readonly element: HTMLLIElement;
  readonly label: HTMLInputElement;
  private readonly number = el("span", { class: "key-number numbers" });
  private readonly importance = el(
    "select",
    { "data-importance": true },
    ...(Object.entries(IMPORTANCE) as [string, string][]).map(([value, words]) => el("option", { value }, words)),
  );
  private readonly note = el("textarea", { rows: 2, maxlength: 2000, "data-finding-note": true });
  private readonly more: HTMLElement;
  private readonly remove: HTMLButtonElement;

  constructor(id: string, editor: KeyEditor, terms: readonly string[]) {
    const n = ++made;
    this.label = el("input", {
      id: `label-${n}`,
      list: "terms",
      maxlength: 60,
      placeholder: "What is it?",
      autocomplete: "off",
      "data-label": true,
    });
    this.importance.id = `importance-${n}`;
    this.note.id = `note-${n}`;
    const change = (what: keyof EditFinding, value: unknown) =>
      editor.set(withFinding(editor.doc, id, { [what]: value }), `${what}:${id}`);
    this.label.addEventListener("input", () => change("label", this.label.value));
    this.label.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      this.label.value = completed(this.label.value, terms);
      change("label", this.label.value);
    });
    this.note.addEventListener("input", () => change("note", this.note.value));
    this.importance.addEventListener("change", () => change("importance", Number(this.importance.value) as Importance));
    const remove = el("button", { class: "tool", type: "button", title: "Remove (Delete)" }, icon("close"));
    remove.addEventListener("click", () => editor.remove(id));
    this.remove = remove;
    this.more = el(
      "div",
      { class: "key-more" },
      el("label", { for: this.importance.id }, "How much it matters"),
      this.importance,
      el("label", { for: this.note.id }, "What to learn from it"),
      this.note,
    );
    this.element = el("li", {}, el("div", { class: "key-line" }, this.number, this.label, remove), this.more);
    this.element.addEventListener("focusin", () => {
      editor.choose(id);
      editor.reveal(id);
    });
    this.element.addEventListener("pointerdown", () => editor.choose(id));
  }

  show(finding: EditFinding, number: number, chosen: boolean, doc: KeyDoc): void {
    this.number.textContent = String(number);
    this.label.setAttribute("aria-label", `Label of finding ${number}`);
    this.remove.setAttribute("aria-label", `Remove finding ${number}`);
    this.element.toggleAttribute("data-chosen", chosen);
    this.more.hidden = !chosen;
    fill(this.label, finding.label);
    fill(this.note, finding.note);
    this.importance.value = String(finding.importance);
    const odd = doc.normal === true && finding.importance > 1;
    this.element.toggleAttribute("data-odd", odd);
  }
}

/** Without moving the caret of whoever is typing there. */
function fill(box: HTMLInputElement | HTMLTextAreaElement, value: string): void {
  if (box.value !== value) box.value = value;
}

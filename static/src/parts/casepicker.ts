/** A dialog to choose a case, or several, by film and title: search, look, choose. */
import { api } from "../lib/api";
import { el, icon } from "../lib/dom";
import { Problem } from "../lib/problem";
import type { CaseData } from "../lib/types";

export interface Picked {
  id: string;
  title: string;
  thumbnail: string;
  rows: number;
  columns: number;
}

const SOON_MS = 250;

/** Gives the case that was chosen, null for none of them, or undefined when it was closed as it was. */
export function pickCase(words: { title: string; none: string }): Promise<Picked | null | undefined> {
  return new Promise((resolve) => new Picker(words, resolve));
}

/**
 * Lets cases be ticked, those in `chosen` being ticked already; `toggled` hears of each change at once. `about` gives a
 * line on each of the cases on show.
 */
export async function pickCases(
  title: string,
  chosen: ReadonlySet<string>,
  toggled: Several["toggled"],
  about: Several["about"],
): Promise<void> {
  await new Promise(
    (resolve) => new Picker({ title, none: "Done" }, resolve, { ids: new Set(chosen), toggled, about }),
  );
}

interface Several {
  ids: Set<string>;
  toggled: (picked: Picked, on: boolean) => void;
  about: (ids: string[]) => Promise<Map<string, string>>;
}

class Picker {
  private readonly search = el("input", {
    type: "search",
    placeholder: "Search titles, reports and notes",
    "aria-label": "Search cases",
    maxlength: 100,
  });
  private readonly list = el("ul", { class: "cards picks" });
  private readonly said = el("p", { class: "small soft", role: "status" });
  private readonly dialog: HTMLDialogElement;
  private answer: Picked | null | undefined;
  private due = 0;
  private asked = 0;

  constructor(
    words: { title: string; none: string },
    resolve: (picked: Picked | null | undefined) => void,
    private readonly several: Several | null = null,
  ) {
    const none = el("button", { class: several ? "button main" : "button", type: "button" }, words.none);
    const close = el("button", { class: "tool", type: "button", "aria-label": "Close" }, icon("close"));
    this.dialog = el(
      "dialog",
      { class: "picker", "aria-labelledby": "picker-title" },
      el("div", { class: "dialog-head" }, el("h2", { id: "picker-title" }, words.title), close),
      el("div", { class: "dialog-body" }, el("div", { class: "row" }, this.search, none), this.said, this.list),
    );
    none.addEventListener("click", () => this.choose(null));
    close.addEventListener("click", () => this.dialog.close());
    this.search.addEventListener("input", () => {
      window.clearTimeout(this.due);
      this.due = window.setTimeout(() => void this.find(), SOON_MS);
    });
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("close", () => {
      window.clearTimeout(this.due);
      this.dialog.remove();
      resolve(this.answer);
    });
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.search.focus();
    void this.find();
  }

  private choose(picked: Picked | null): void {
    this.answer = picked;
    this.dialog.close();
  }

  private async find(): Promise<void> {
    const asked = ++this.asked;
    this.said.textContent = "Looking …";
    const words = this.search.value.trim();
    const search = words ? `&search=${encodeURIComponent(words)}` : "";
    try {
      const page = await api<{ results: CaseData[]; next: string | null }>(
        "GET",
        `/api/v1/cases/?state=ready&page_size=24${search}`,
      );
      if (asked !== this.asked) return;
      const cases = page.results.filter(({ film }) => film);
      this.list.replaceChildren(...cases.map((one) => this.card(one)));
      this.said.textContent =
        cases.length === 0 ? "No case fits." : page.next ? "The newest 24; search for others." : "";
      if (this.several && cases.length > 0) await this.tell(this.several, cases);
    } catch (error) {
      if (asked === this.asked) this.said.textContent = Problem.of(error).words;
    }
  }

  private async tell({ about }: Several, cases: CaseData[]): Promise<void> {
    const words = await about(cases.map(({ id }) => id));
    for (const line of this.list.querySelectorAll<HTMLElement>("[data-about]")) {
      line.textContent = words.get(line.dataset.about ?? "") ?? line.textContent;
    }
  }

  private card({ id, title, film }: CaseData): HTMLElement {
    const { several } = this;
    const pressed = several && { "aria-pressed": several.ids.has(id) ? "true" : "false" };
    const button = el("button", { type: "button", ...pressed }, title);
    button.addEventListener("click", () => {
      if (!film) return;
      const picked = { id, title, thumbnail: film.thumbnail, rows: film.rows, columns: film.columns };
      if (!several) {
        this.choose(picked);
        return;
      }
      const on = !several.ids.delete(id);
      if (on) several.ids.add(id);
      button.setAttribute("aria-pressed", String(on));
      several.toggled(picked, on);
    });
    return el(
      "li",
      { class: "card" },
      el("div", { class: "thumb" }, el("img", { src: film?.thumbnail, alt: "", loading: "lazy" })),
      el(
        "div",
        { class: "what" },
        el("h3", {}, button),
        several && el("p", { class: "small soft", "data-about": id }, "…"),
      ),
    );
  }
}

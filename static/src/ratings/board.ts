/** The board of a running study: raters by items, filled while answers come in; who to add, who to drop, when to close. */
import { api } from "../lib/api";
import { el, icon } from "../lib/dom";
import type { Live } from "../lib/live";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { ask } from "./ask";
import { BoardModel, type CellEvent, cellWords, keyOf } from "./boardmodel";
import type { BoardData, Cell, Choices, StudyData } from "./types";
import { many, minutesWords } from "./words";

const SOON_MS = 1_000; // what holds the study up is asked again so long after the last news
const LEGEND = [
  [{ state: "waiting" }, "waits"],
  [{ state: "shown" }, "opened"],
  [{ state: "answered" }, "answered"],
  [{ state: "answered", repeat_state: "waiting" }, "shown again later"],
  [{ state: "answered", repeat_state: "answered" }, "answered twice"],
  [{ state: "withdrawn" }, "withdrawn"],
] as const;

export class Board {
  readonly element = el("div", { class: "stack" }, el("p", { class: "soft" }, "Looking …"));
  private model: BoardModel | null = null;
  private readonly cells = new Map<string, HTMLElement>();
  private readonly medians = new Map<number, HTMLElement>();
  private readonly rows = new Map<number, HTMLElement>();
  private readonly total = el("p", { class: "big", role: "status" });
  private readonly pace = el("p", { class: "soft" });
  private readonly holds = el("div", { "aria-live": "polite" });
  private due = 0;
  private unfollow: () => void = () => undefined;

  constructor(
    private readonly study: StudyData,
    private readonly choices: Choices | null,
    private readonly url: string,
    private readonly live: Live,
    private readonly closed: (study?: StudyData) => void,
  ) {
    void this.load();
  }

  /** What has happened since the board was made. */
  private follow(seq: number): void {
    const event = (type: string, data: Record<string, unknown>) => {
      if (type === "board.closed") {
        if (this.study.state !== "closed") this.end();
        return;
      }
      const cell = data as unknown as CellEvent;
      if (type === "board.cell" && this.model?.apply(cell)) this.changed(cell);
      this.soon();
    };
    this.unfollow = this.live.follow(`board:${this.study.id}`, { snapshot: () => this.soon(), event }, seq);
  }

  private end(study?: StudyData): void {
    this.unfollow();
    window.clearTimeout(this.due);
    this.closed(study);
  }

  private soon(): void {
    window.clearTimeout(this.due);
    this.due = window.setTimeout(() => void this.load(), SOON_MS);
  }

  private async load(): Promise<void> {
    try {
      const data = await api<BoardData>("GET", `${this.url}board/`);
      const known = this.model && same(this.model, data);
      if (this.model) this.model.set(data);
      else {
        this.model = new BoardModel(data);
        this.follow(data.seq);
      }
      if (known) this.refresh();
      else this.draw();
    } catch (error) {
      if (!this.model) this.element.replaceChildren(notice(Problem.of(error).data));
    }
  }

  private draw(): void {
    const { model } = this;
    if (!model) return;
    this.cells.clear();
    this.medians.clear();
    this.rows.clear();
    const running = this.study.state === "running";
    const head = el(
      "tr",
      {},
      el("th", { scope: "col" }, "Rater"),
      el("th", { scope: "col" }, "Rated"),
      ...model.items.map(({ number }) =>
        el(
          "th",
          { scope: "col", class: "item" },
          number === 1 || number % 5 === 0 ? String(number) : el("span", { class: "unseen" }, String(number)),
        ),
      ),
    );
    const table = el(
      "table",
      { class: "board" },
      el("caption", { class: "unseen" }, "Raters and items"),
      el("thead", {}, head),
      el("tbody", {}, ...model.raters.map((rater) => this.row(rater, running))),
      el(
        "tfoot",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "row", colspan: 2 }, "Median seconds"),
          ...model.items.map(({ number }) => {
            const cell = el("td", { class: "median numbers" });
            this.medians.set(number, cell);
            return cell;
          }),
        ),
      ),
    );
    this.element.replaceChildren(
      el(
        "section",
        { class: "panel board-head" },
        el("div", { class: "grow" }, this.total, this.pace),
        running && this.closing(),
      ),
      this.holds,
      el("div", { class: "scroll board-scroll", tabindex: 0, role: "group", "aria-label": "Board" }, table),
      el(
        "ul",
        { class: "board-legend small soft" },
        ...LEGEND.map(([cell, words]) => el("li", {}, el("span", { class: "cell", ...facts(cell) }), words)),
      ),
      running ? this.adding() : "",
    );
    this.refresh();
  }

  private row(rater: BoardData["raters"][number], running: boolean): HTMLElement {
    const drop = el(
      "button",
      { class: "tool", type: "button", title: "Drop this rater", "aria-label": `Drop ${rater.name}` },
      icon("close"),
    );
    drop.addEventListener("click", () => void this.drop(rater));
    const rated = el("td", { class: "numbers" });
    this.rows.set(rater.id, rated);
    return el(
      "tr",
      { "data-rater": rater.id, "data-dropped": rater.dropped },
      el(
        "th",
        { scope: "row" },
        el(
          "span",
          { class: "row" },
          el("span", { class: "grow" }, rater.name),
          rater.dropped && el("span", { class: "badge tag" }, "dropped"),
          running && !rater.dropped && drop,
        ),
      ),
      rated,
      ...(this.model?.items ?? []).map(({ number }) => {
        const cell = el("span", { class: "cell" }, el("span", { class: "unseen" }));
        this.cells.set(keyOf(rater.id, number), cell);
        return el("td", { class: "item" }, cell);
      }),
    );
  }

  /** All cells and sums as the model has them. */
  private refresh(): void {
    const { model } = this;
    if (!model) return;
    for (const { id } of model.raters) for (const { number } of model.items) this.cell(id, number);
    for (const { number } of model.items) this.median(number);
    this.sums();
    this.holds.replaceChildren(
      ...(model.holds.length > 0
        ? [
            el(
              "div",
              { class: "notice" },
              el("strong", {}, "What holds it up"),
              el("ul", {}, ...model.holds.map(({ words }) => el("li", {}, words))),
            ),
          ]
        : []),
    );
  }

  private changed({ rater, item }: CellEvent): void {
    this.cell(rater, item);
    this.median(item);
    this.sums();
    const cell = this.cells.get(keyOf(rater, item));
    cell?.removeAttribute("data-new");
    requestAnimationFrame(() => cell?.setAttribute("data-new", ""));
  }

  private cell(rater: number, item: number): void {
    const cell = this.cells.get(keyOf(rater, item));
    const data = this.model?.cell(rater, item);
    if (!cell || !data) return;
    const words = cellWords(item, data);
    for (const [name, value] of Object.entries(facts(data))) {
      if (value) cell.setAttribute(name, value);
      else cell.removeAttribute(name);
    }
    cell.title = words;
    if (cell.firstElementChild) cell.firstElementChild.textContent = words;
  }

  private median(item: number): void {
    const seconds = this.model?.median(item) ?? null;
    const cell = this.medians.get(item);
    if (cell) cell.textContent = seconds === null ? "" : String(Math.round(seconds));
  }

  private sums(): void {
    const { model } = this;
    if (!model) return;
    for (const [rater, place] of this.rows) {
      const { done, of } = model.progress(rater);
      place.textContent = `${done} of ${of}`;
    }
    const { done, of } = model.total;
    const seconds = model.median();
    this.total.textContent = `${done} of ${of} answers are in.`;
    const left =
      seconds !== null && done < of
        ? `; what is left takes ${minutesWords(((of - done) * seconds) / 60)} of their time in all`
        : "";
    this.pace.textContent =
      seconds === null
        ? "Nobody has answered yet."
        : `Half of the answers took less than ${Math.round(seconds)} s${left}.`;
  }

  private closing(): HTMLElement {
    const button = el("button", { class: "button", type: "button", "data-close": true }, "Close the study …");
    button.addEventListener("click", () => void this.close());
    return button;
  }

  private adding(): HTMLElement {
    const there = new Set(this.model?.raters.filter(({ dropped }) => !dropped).map(({ id }) => id));
    const others = this.choices?.raters.filter(({ id }) => !there.has(id)) ?? [];
    if (others.length === 0) return el("p", { class: "small soft" }, "Everybody who can rate here is a rater already.");
    const select = el(
      "select",
      { id: "add-rater" },
      ...others.map(({ id, name }) => el("option", { value: id }, name)),
    );
    const add = el("button", { class: "button", type: "submit" }, "Add");
    const form = el(
      "form",
      { class: "panel line-form" },
      el(
        "div",
        { class: "field" },
        el("label", { for: "add-rater" }, "Add a rater: the results say that they came later"),
        select,
      ),
      add,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      add.disabled = true;
      void this.act(`raters/`, { user: Number(select.value) }, "Added: it waits on their page.").finally(() => {
        add.disabled = false;
      });
    });
    return form;
  }

  private async drop({ id, name }: { id: number; name: string }): Promise<void> {
    const { done, of } = this.model?.progress(id) ?? { done: 0, of: 0 };
    const body = [
      el(
        "p",
        {},
        `${name} has rated ${done} of ${of}. These answers stay and count; nothing more is asked. The results say so.`,
      ),
    ];
    if (!(await ask({ title: `Drop ${name}?`, body, yes: "Drop", no: "Keep" }))) return;
    await this.act(`raters/${id}/drop/`, {}, `${name} is dropped.`);
  }

  private async act(path: string, body: object, words: string): Promise<void> {
    try {
      await api("POST", this.url + path, body);
      toast(words);
      await this.load();
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
  }

  private async close(): Promise<void> {
    const { done, of } = this.model?.total ?? { done: 0, of: 0 };
    const rest = of - done;
    const sure = await ask({
      title: `Close “${this.study.name}”?`,
      body: [
        el(
          "p",
          {},
          el("strong", {}, `${done} of ${of} answers are in.`),
          rest > 0 ? ` The ${many(rest, "other")} will not be asked for any more.` : "",
        ),
        el(
          "p",
          {},
          "No answer or correction can be given afterwards, and a closed study is not opened again. Then the items are unblinded and the results are made; its raters see them too.",
        ),
      ],
      yes: "Close it",
      no: "Go on",
    });
    if (!sure) return;
    try {
      this.end(await api<StudyData>("POST", `${this.url}close/`, {}));
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
  }
}

const facts = ({ state, repeat_state }: Cell): Record<string, string | null> => ({
  "data-state": state,
  "data-repeat": repeat_state || null,
});

/** Whether the board has the same rows and columns as what came. */
function same(model: BoardModel, data: BoardData): boolean {
  return (
    JSON.stringify([model.raters, model.items.map(({ number }) => number)]) ===
    JSON.stringify([data.raters, data.items.map(({ number }) => number)])
  );
}

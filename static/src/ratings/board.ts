/** The board of a running study: raters by items, filled while answers come in; who to add, who to drop, when to close. */

import { api } from "../lib/api";
import { el } from "../lib/dom";
import type { Live } from "../lib/live";
import { notice } from "../lib/notice";
import { count } from "../lib/plural";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { ask } from "../parts/ask";
import { BoardModel, type CellEvent } from "./boardmodel";
import { BoardTable, legend } from "./boardtable";
import { takeKnowing } from "./reasons";
import type { BoardData, Choices, StudyData } from "./types";
import { many, minutesWords } from "./words";

const SOON_MS = 1_000; // what holds the study up is asked again so long after news
const BLIND_MS = 10_000; // who gets no news asks again so often
const BLIND_WORDS =
  "As of midnight, since you rate films of this study. Who rated which item, and how long it took, is shown to you when you no longer do: it would tell readings apart.";

export class Board {
  readonly element = el("div", { class: "stack" }, el("p", { class: "soft" }, "Looking …"));
  private model: BoardModel | null = null;
  private table: BoardTable | null = null;
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
      if (type === "board.cell" && this.model?.apply(cell)) {
        this.table?.changed(cell);
        this.sums();
      }
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
    if (this.due) return; // news that never pause must not put it off
    this.due = window.setTimeout(() => this.again(), SOON_MS);
  }

  private again(): void {
    this.due = 0;
    void this.load();
  }

  private async load(): Promise<void> {
    try {
      const data = await api<BoardData>("GET", `${this.url}board/`);
      const known = this.model && same(this.model, data);
      if (this.model) this.model.set(data);
      else {
        this.model = new BoardModel(data);
        if (!data.blind) this.follow(data.seq);
      }
      if (data.blind && !this.due) this.due = window.setTimeout(() => this.again(), BLIND_MS);
      if (known) this.refresh();
      else this.draw();
    } catch (error) {
      if (!this.model) this.element.replaceChildren(notice(Problem.of(error).data));
    }
  }

  private draw(): void {
    if (!this.model) return;
    const running = this.study.state === "running";
    this.table = new BoardTable(this.model, running ? (rater) => void this.drop(rater) : null);
    this.element.replaceChildren(
      el(
        "section",
        { class: "panel board-head" },
        el("div", { class: "grow" }, this.total, this.pace),
        running && this.closing(),
      ),
      this.holds,
      this.table.element,
      this.model.blind ? "" : legend(),
      running ? this.adding() : "",
    );
    this.refresh();
  }

  /** Everything as the model has it. */
  private refresh(): void {
    const holds = this.model?.holds ?? [];
    this.table?.refresh();
    this.sums();
    const list = el("ul", {}, ...holds.map(({ words }) => el("li", {}, words)));
    this.holds.replaceChildren(
      ...(holds.length > 0
        ? [el("div", { class: "notice board-holds" }, el("strong", {}, "What it waits for"), list)]
        : []),
    );
  }

  private sums(): void {
    if (!this.model) return;
    const { done, of } = this.model.total;
    const seconds = this.model.median();
    this.total.textContent = `${done} of ${count(of, "answer is in", "answers are in")}.`;
    if (this.model.blind) {
      this.pace.textContent = BLIND_WORDS;
      return;
    }
    if (seconds === null) {
      this.pace.textContent = "Nobody has answered yet.";
      return;
    }
    const rest = minutesWords(((of - done) * seconds) / 60);
    const left = done < of ? `; what is left takes ${rest} of their time in all` : "";
    this.pace.textContent = `Half of the answers took less than ${Math.round(seconds)} s${left}.`;
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
      void this.add(Number(select.value)).finally(() => {
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

  private async add(user: number, although_known = false): Promise<void> {
    try {
      await api("POST", `${this.url}raters/`, { user, although_known });
      toast("Added: it waits on their page.");
      await this.load();
    } catch (error) {
      const { data, words } = Problem.of(error);
      const { name = "this rater" } = this.choices?.raters.find(({ id }) => id === user) ?? {};
      if (!data.type?.endsWith("/rater-knows")) toast(words, "bad");
      else if (await takeKnowing(name, data.title)) await this.add(user, true);
    }
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
          el("strong", {}, `${done} of ${count(of, "answer is in", "answers are in")}.`),
          rest > 0 ? ` The ${many(rest, "other")} will not be asked for any more.` : "",
        ),
        el(
          "p",
          {},
          "No answer or correction can be given afterwards, and a closed study is not opened again. Then the items are unblinded and the results are made; all faculty can read them then.",
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

const row = ({ id, name, dropped }: BoardData["raters"][number]) => [id, name, dropped];

/** Whether the board has the same rows and columns as what came. */
function same(model: BoardModel, data: BoardData): boolean {
  return (
    JSON.stringify([model.blind, model.raters.map(row), model.items]) ===
    JSON.stringify([data.blind, data.raters.map(row), data.items])
  );
}

/** Rating one item after the other: film and replay at the left, the answers at the right, no page reload between. */
import { Saver } from "../key/saver";
import { api } from "../lib/api";
import { must } from "../lib/dom";
import { keepKeysFor } from "../lib/focus";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { insist } from "../practice/insist";
import { answerKeys } from "./answerkeys";
import { Course } from "./course";
import { putDraft } from "./drafts";
import { ending } from "./ending";
import { Form, same } from "./form";
import { closed, dropped, failed, withdrawn } from "./messages";
import { Player } from "./player";
import { Sheet } from "./sheet";
import { Stopwatch } from "./stopwatch";
import type { DraftData, ItemData, Standing } from "./types";
import { numberWords } from "./words";

const SAVE_MS = 400;
const ITEMS = "/api/v1/ratings/items/";

export class Rating {
  readonly player = new Player();
  readonly form = new Form();
  item: ItemData | null = null;
  private readonly sheet: Sheet;
  private readonly watch = new Stopwatch();
  private readonly saver: Saver<DraftData>;
  readonly course: Course;
  private busy = false; // an answer is on its way
  private over = false; // words stand where the film was
  private shut = false; // nothing more can be answered or corrected in this study
  private turn = 0; // of the item that was asked for last
  private early: number[] = []; // digits typed while the next item was on its way

  constructor(
    main: HTMLElement,
    public id = main.dataset.assignment ?? "",
  ) {
    this.sheet = new Sheet(this.form, {
      changed: () => this.touched(),
      submit: () => void this.submit(),
      last: () => this.toLast(),
      on: () => this.goOn(),
    });
    this.saver = new Saver<DraftData>(null, {
      put: (what) => putDraft(this.id, what),
      what: () => this.form.data,
      onState: (state, problem) => {
        if (problem && [409, 410].includes(problem.status) && this.writes) this.refused(problem);
        else this.sheet.saySaved(state, this.saver.savedAt, problem);
      },
      soon: SAVE_MS,
    });
    answerKeys(this, this.sheet.note);
    keepKeysFor(main, "[data-note]");
    this.listen();
    this.course = new Course(main.dataset.study ?? "", {
      form: (questions) => {
        if (this.form.questions.length === 0) this.form.begin(questions, null);
      },
      stood: (before) => this.stood(before),
      ended: (how) => this.shutDown(how === "dropped" ? dropped() : closed(this.course.study)),
    });
  }

  async open(id: string): Promise<void> {
    const turn = ++this.turn;
    this.id = id;
    this.item = null;
    this.over = false;
    must("main").toggleAttribute("data-over", false);
    this.saver.reset(null);
    this.form.begin(this.form.questions, null);
    this.sheet.say("");
    this.sheet.sayKept("");
    this.show();
    try {
      const item = await api<ItemData>("GET", `${ITEMS}${id}/`);
      if (turn !== this.turn) return;
      this.begin(item);
      const there = await this.player.open(item);
      if (turn !== this.turn) return;
      this.watch.start();
      if (document.hidden) this.watch.pause();
      if (there) this.course.fetchAhead();
    } catch (error) {
      if (turn === this.turn) this.refused(Problem.of(error));
    }
  }

  private begin(item: ItemData): void {
    this.item = item;
    if (item.simulated) this.sheet.saySimulated();
    this.form.begin(item.questions, item.locked ? item.answer : item.draft);
    if (item.locked) this.form.go(0);
    else if (this.form.missing.length < item.questions.length) this.sheet.sayKept("as you left it");
    this.show();
    for (const value of this.early.splice(0)) if (!item.locked) this.digit(value);
  }

  // --- what keys and buttons ask for

  /** Typed faster than items come, digits wait for theirs: one that was lost would shift the rest to other questions. */
  digit(value: number): void {
    if (!this.active) {
      if (!this.over) this.early.push(value);
      return;
    }
    const asked = this.form.now;
    const pressed = this.form.digit(value);
    if (pressed === "answered") this.touched();
    else if (pressed === "all-answered") this.sheet.say("All is answered: Enter goes on, Backspace goes back.");
    else {
      const levels = asked?.levels.map((level) => level.value) ?? [];
      this.sheet.say(`“${asked?.title}” takes ${Math.min(...levels)} to ${Math.max(...levels)}.`);
    }
  }

  back(): void {
    if (!this.active) {
      this.early.pop();
      return;
    }
    this.form.back();
    this.sheet.say("");
    this.sheet.refresh();
  }

  /** Sends what is complete; what was answered before and not changed is left as it is. */
  enter(): void {
    if (this.over || (this.item?.locked && !this.corrects)) this.goOn();
    else void this.submit();
  }

  async submit(): Promise<void> {
    const { item, form, turn } = this;
    if (!item || !this.active || (item.locked && !this.corrects)) return;
    if (!form.complete) {
      form.toOpen();
      this.sheet.refresh();
      this.sheet.say(`Not answered yet: ${form.missing.map(({ title }) => title).join(", ")}.`);
      return;
    }
    this.saver.reset(null); // what goes out now is more than a draft
    this.busy = true;
    this.show();
    const seconds = Math.round(this.watch.seconds * 10) / 10;
    await this.saver.idle(); // a draft that came after its answer would be refused
    const body = { ...form.data, seconds, ...(item.locked ? { correction: true } : {}) };
    try {
      const standing = await insist(
        () => api<Standing>("POST", `${ITEMS}${item.id}/submit/`, body),
        ({ words }) => this.sheet.say(`Not sent yet. ${words} It is sent again by itself.`),
      );
      this.busy = false;
      if (item.locked) toast("Corrected. The new answer counts; the earlier one stays on record.");
      else this.course.remember(item.id);
      this.course.stand(standing);
      if (turn === this.turn) this.goOn();
    } catch (error) {
      this.busy = false;
      if (turn === this.turn) this.notTaken(Problem.of(error));
    }
  }

  /** Answers that the server does not take as they are stay in the form: a note that may name somebody. */
  private notTaken(problem: Problem): void {
    if (![400, 422].includes(problem.status)) {
      this.refused(problem);
      return;
    }
    this.early = [];
    this.touched();
    this.sheet.say(problem.words);
    this.sheet.note.focus();
  }

  /** To the item that was answered last, to look at it or to correct it. */
  toLast(): void {
    if (!this.backward) return;
    this.early = [];
    this.go(this.course.last as string);
  }

  goOn(): void {
    const { standing } = this.course;
    if (!standing || this.shut) location.assign("/rate/");
    else if (!standing.next) this.end();
    else if (standing.next === this.id) void this.open(this.id);
    else this.go(standing.next);
  }

  private go(id: string): void {
    if (this.writes) void this.saver.flush();
    history.pushState(null, "", `/rate/${id}/`);
    void this.open(id);
  }

  private touched(): void {
    if (this.writes) this.saver.touch();
    else if (this.item?.locked) this.sheet.sayKept(this.corrects ? "changed, not stored yet" : "");
    this.sheet.say("");
    this.show();
  }

  // --- how things stand

  /** Whether answers can be given now, for the first time or as a correction. */
  private get active(): boolean {
    return this.item !== null && !this.busy && !this.over;
  }

  private get writes(): boolean {
    return this.active && !this.item?.locked;
  }

  private get corrects(): boolean {
    const answer = this.item?.answer;
    return Boolean(answer && !same(answer, this.form.data));
  }

  private get backward(): boolean {
    const { last } = this.course;
    return !this.busy && !this.shut && last !== null && (this.over || (last !== this.id && !this.item?.locked));
  }

  private show(): void {
    const { item, form } = this;
    this.sheet.show({
      number: numberWords(this.course.standing, this.item?.locked ?? false),
      questions: item?.questions ?? form.questions,
      off: !this.active,
      sending: this.busy,
      locked: item?.locked ?? false,
      corrects: this.corrects,
      last: this.backward,
    });
  }

  private stop(words: HTMLElement): void {
    this.turn += 1; // whatever is still on its way comes too late
    this.item = null;
    this.early = [];
    this.over = true;
    must("main").toggleAttribute("data-over", true);
    this.saver.reset(null);
    this.watch.pause();
    this.form.begin(this.form.questions, null);
    this.sheet.say("");
    this.sheet.sayKept("");
    this.show();
    this.player.close(words);
    words.querySelector<HTMLElement>(".main")?.focus();
  }

  private shutDown(words: HTMLElement): void {
    this.shut = true;
    this.stop(words);
  }

  private end(): void {
    const { standing, last } = this.course;
    this.stop(ending(standing?.done ?? 0, standing?.of ?? 0, last ? () => this.toLast() : null));
  }

  private refused(problem: Problem): void {
    const kind = problem.data.type?.split("/").pop();
    if (kind === "path-gone") {
      this.stop(withdrawn(() => this.goOn()));
      void this.course.ask();
    } else if (kind === "study-closed") this.shutDown(closed(this.course.study));
    else if (kind === "rater-dropped") this.shutDown(dropped());
    else if (kind === "locked") {
      toast("It was answered in another tab or on another device.");
      void this.open(this.id);
    } else {
      const { id } = this;
      this.stop(failed(problem, () => void this.open(id)));
    }
  }

  // --- what happens elsewhere

  private listen(): void {
    window.addEventListener("popstate", () => {
      const id = /^\/rate\/([^/]+)\/$/.exec(location.pathname)?.[1];
      if (id) void this.open(id);
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.watch.goOn();
      else {
        this.watch.pause();
        if (this.writes) void this.saver.flush();
      }
    });
    window.addEventListener("pagehide", () => this.writes && void this.saver.flush());
  }

  /** Another tab may have answered what stands here. */
  private stood(before: Standing | null): void {
    const { standing } = this.course;
    this.show();
    if (this.item && this.player.there) this.course.fetchAhead();
    if (this.writes && before?.next === this.id && standing?.next !== this.id) void this.recheck();
  }

  private async recheck(): Promise<void> {
    const { turn } = this;
    const item = await api<ItemData>("GET", `${ITEMS}${this.id}/`).catch(() => null);
    if (!item?.locked || turn !== this.turn || this.busy) return;
    toast("That one was answered in another tab or on another device.");
    this.goOn();
  }
}

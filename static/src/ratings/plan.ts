/** The plan of a study: cases, sources, raters, repeats. It saves itself, and says what start would refuse. */

import { Saver, type SaveState } from "../key/saver";
import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { ask } from "../parts/ask";
import { type Picked, pickCases } from "../parts/casepicker";
import { caseRow, offeredWords, raterChecks, sourceChecks } from "./planparts";
import { grouped, reasons, takeKnowing } from "./reasons";
import type { Choices, Kind, Offered, PlannedCase, Reason, StudyData } from "./types";
import { clockWords, many, sizeOf, sizeWords, widthWords } from "./words";

interface Planned {
  name: string;
  cases: string[];
  sources: { kind: Kind; model?: string }[];
  raters: number[];
  repeats: number;
  aperture: boolean;
}

const SAVE_MS = 500;
const AGAIN_MS = 10_000; // readings come while one plans
const DRAWING_MS = 2_000; // while a model draws its readings

export class Plan {
  readonly element = must<HTMLTemplateElement>("[data-plan]").content.firstElementChild?.cloneNode(true) as HTMLElement;
  private cases: PlannedCase[];
  private sources: Planned["sources"];
  private raters: number[];
  private reasons: Reason[];
  private readonly saver: Saver<Planned>;

  constructor(
    private study: StudyData,
    private readonly choices: Choices,
    private readonly url: string,
    private readonly actions: { changed: (study: StudyData) => void; gone: () => void },
  ) {
    this.cases = study.cases;
    this.sources = study.sources.map(({ kind, model }) => (model ? { kind, model } : { kind }));
    this.raters = study.raters.filter(({ dropped_at }) => !dropped_at).map(({ id }) => id);
    this.reasons = study.problems;
    this.saver = new Saver<Planned>(null, {
      put: (what) => this.save(what),
      what: () => this.planned,
      onState: (state, problem) => this.saySaved(state, problem),
      soon: SAVE_MS,
    });
    this.fill();
    this.listen();
    this.show();
  }

  /** Everything that is not saved yet goes out; gives whether it did. */
  flush(): Promise<boolean> {
    return this.saver.flush();
  }

  get unsaved(): boolean {
    return this.saver.state !== "clean";
  }

  private part<T extends HTMLElement = HTMLElement>(name: string): T {
    return must<T>(`[data-${name}]`, this.element);
  }

  private get planned(): Planned {
    return {
      name: this.part<HTMLInputElement>("name").value.trim() || this.study.name,
      cases: this.cases.flatMap((one) => (one.case ? [one.case] : [])),
      sources: this.sources,
      raters: this.raters,
      repeats: Number(this.part<HTMLSelectElement>("repeats").value),
      aperture: this.part<HTMLInputElement>("aperture").checked,
    };
  }

  /** The controls that are filled once: what stands in them is the person's afterwards. */
  private fill(): void {
    const { study, choices } = this;
    this.part<HTMLInputElement>("name").value = study.name;
    this.part<HTMLInputElement>("aperture").checked = study.aperture;
    const repeats = this.part<HTMLSelectElement>("repeats");
    const shares = [...new Set([0, 0.05, 0.1, 0.2, study.repeats])].sort((a, b) => a - b);
    repeats.replaceChildren(
      ...shares.map((share) =>
        el(
          "option",
          { value: share, selected: share === study.repeats },
          share ? `${Math.round(share * 100)} %` : "none",
        ),
      ),
    );
    this.part("sources").replaceChildren(
      ...sourceChecks(choices, this.sources, (source, on) => {
        const others = this.sources.filter(({ kind, model }) => kind !== source.kind || model !== source.model);
        this.sources = on ? [...others, source] : others;
        this.touch();
      }),
    );
    this.part("raters").replaceChildren(
      ...raterChecks(choices.raters, this.raters, (id, on) => {
        this.raters = on ? [...this.raters, id] : this.raters.filter((one) => one !== id);
        this.touch();
      }),
    );
  }

  private listen(): void {
    for (const name of ["name", "repeats", "aperture"]) {
      this.part(name).addEventListener(name === "name" ? "input" : "change", () => this.touch());
    }
    const add = this.part("add-cases");
    add.addEventListener("click", () => void this.pick());
    this.part("start").addEventListener("click", () => void this.start());
    this.part("delete").addEventListener("click", () => void this.remove());
    window.addEventListener("beforeunload", (event) => this.unsaved && event.preventDefault());
    document.addEventListener("visibilitychange", () => void (document.hidden ? this.saver.flush() : this.look()));
    let looked = 0;
    const timer = window.setInterval(() => {
      const every = this.reasons.some(({ drawing }) => drawing === "waits") ? DRAWING_MS : AGAIN_MS;
      if (!this.element.isConnected) window.clearInterval(timer);
      else if (this.reasons.length > 0 && !document.hidden && performance.now() - looked >= every) {
        looked = performance.now();
        void this.look();
      }
    }, DRAWING_MS);
  }

  async pick(): Promise<void> {
    const chosen = new Set(this.cases.flatMap((one) => (one.case ? [one.case] : [])));
    const toggled = ({ id, title, thumbnail }: Picked, on: boolean) => {
      const readings = { human: 0, simulated: 0, model: false };
      this.cases = on
        ? [...this.cases, { case: id, title, thumbnail, simulated: false, private: null, readings }]
        : this.cases.filter((one) => one.case !== id);
      this.touch();
    };
    await pickCases("Cases of this study", chosen, toggled, (ids) => this.offered(ids));
    this.part("add-cases").focus();
  }

  /** What there is of these cases, in words. */
  private async offered(ids: string[]): Promise<Map<string, string>> {
    const query = new URLSearchParams(ids.map((id) => ["case", id]));
    const { cases } = await api<{ cases: Offered[] }>("GET", `${this.url}offered/?${query}`);
    return new Map(cases.map((one) => [one.case, offeredWords(one)]));
  }

  private drop(id: string | null): void {
    this.cases = this.cases.filter((one) => one.case !== id);
    this.touch();
    this.part("add-cases").focus();
  }

  private touch(): void {
    this.saver.touch();
    this.show();
  }

  private async save(what: Planned): Promise<string> {
    const study = await api<StudyData>("PATCH", this.url, what);
    this.study = study;
    this.reasons = study.problems;
    if (study.state !== "plan") this.actions.changed(study);
    else if (JSON.stringify(this.planned) === JSON.stringify(what)) {
      this.cases = study.cases; // now with what there is to read of each
      must<HTMLElement>("[data-title]").textContent = study.name;
      document.title = `${study.name} · MedGaze`;
    }
    return "";
  }

  private saySaved(state: SaveState, problem: Problem | null): void {
    const place = this.part("saved");
    place.toggleAttribute("data-bad", state === "failed");
    const { savedAt } = this.saver;
    if (state === "failed") place.textContent = `Not saved: ${problem?.words ?? ""}`;
    else if (state === "clean" && savedAt) place.textContent = `saved ${clockWords(savedAt)}`;
    else place.textContent = "saving …";
    this.show();
  }

  /** What stands in the way may have gone since. */
  private async look(): Promise<void> {
    if (this.unsaved || !this.element.isConnected) return;
    const before = JSON.stringify(this.planned);
    const study = await api<StudyData>("GET", this.url).catch(() => null);
    if (!study || this.unsaved || JSON.stringify(this.planned) !== before) return;
    const changed = JSON.stringify(study) !== JSON.stringify(this.study);
    this.study = study;
    this.reasons = study.problems;
    if (study.state !== "plan") this.actions.changed(study);
    else if (changed) {
      this.cases = study.cases;
      this.show();
    }
  }

  /** All that follows from the choices. */
  private show(): void {
    const { cases, sources, raters, study } = this;
    const alone = new Set(grouped(this.reasons, cases).map((group) => group.case));
    const fresh = this.saver.state === "clean";
    const focused =
      document.activeElement instanceof HTMLElement ? document.activeElement.closest("[data-case]") : null;
    const at = focused ? [...this.part("cases").children].indexOf(focused) : -1;
    this.part("cases-count").textContent = `(${cases.length})`;
    this.part("cases").replaceChildren(
      ...cases.map((one) => {
        const known = study.cases.some((saved) => saved.case === one.case);
        return caseRow(one, known, one.case !== null && alone.has(one.case), () => this.drop(one.case));
      }),
    );
    if (at >= 0) this.part("cases").children[at]?.querySelector<HTMLElement>("button")?.focus();
    this.part("no-cases").hidden = cases.length > 0;
    this.part("raters-count").textContent = `(${raters.length})`;
    this.part("sources-count").textContent = `(${sources.length})`;
    this.part("size").textContent = sizeWords(cases.length, sources.length, this.planned.repeats);
    this.part("width").textContent = widthWords({ ...study, cases });
    this.part("figures").toggleAttribute("data-old", !fresh);
    const ways = {
      take: (id: string) => this.drop(id),
      untick: (rater: number) => this.untick(rater),
      without: (label: string) => this.without(label),
    };
    const allTheSame = (rater: number) => void this.allTheSame(rater);
    this.part("reasons").replaceChildren(
      ...reasons("What stands in the way of starting", this.reasons, cases, { ...ways, allTheSame }),
      ...reasons("To know before you start", study.remarks, cases, ways),
    );
    const ready = this.reasons.length === 0;
    this.part("ready").textContent = !fresh ? "" : ready ? "Nothing stands in the way of starting." : "";
  }

  private untick(rater: number): void {
    const box = this.part("raters").querySelector<HTMLInputElement>(`input[value="${rater}"]`);
    if (box?.checked) box.click();
  }

  /** Takes a rater who may know readings again, once the organiser has read what that means. */
  private async allTheSame(rater: number): Promise<void> {
    const { name } = this.choices.raters.find(({ id }) => id === rater) ?? { name: "this rater" };
    if (!(await this.saver.flush()) || !(await takeKnowing(name))) return;
    try {
      await api("POST", `${this.url}raters/`, { user: rater, although_known: true });
      await this.look();
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
  }

  /** By its label in the study as it was saved last. */
  private without(label: string): void {
    const source = this.study.sources.find((one) => one.label === label);
    const value = source?.kind === "model" ? `model ${source.model}` : source?.kind;
    const box = [...this.part("sources").querySelectorAll("input")].find((one) => one.value === value);
    if (box?.checked) box.click();
  }

  private async start(): Promise<void> {
    if (!(await this.saver.flush())) return;
    await this.look();
    if (this.reasons.length > 0) {
      if (this.reasons.some(({ drawing }) => drawing === "undrawn")) await this.begin();
      else this.toReasons();
      return;
    }
    const { cases, sources, raters } = this;
    const { items, again } = sizeOf(cases.length, sources.length, this.planned.repeats);
    const what = `${many(cases.length, "case")} × ${many(sources.length, "source")} = ${many(items, "item")}`;
    const sure = await ask({
      title: `Start “${this.study.name}”?`,
      body: [
        el(
          "p",
          {},
          el("strong", {}, what),
          `, ${many(items + again, "replay")} for each of ${many(raters.length, "rater")}.`,
        ),
        el(
          "p",
          {},
          "The protocol is frozen: cases, sources and repeats cannot be changed afterwards. Raters can be added or dropped, and the results say so.",
        ),
        el(
          "p",
          {},
          "The raters find it on their page at once. Until you close it, nobody learns which item came from which source, you included.",
        ),
      ],
      yes: "Start",
      no: "Not yet",
    });
    if (sure) await this.begin();
  }

  /** Starts it; or has drawn what models have not read yet, and says what stands in the way. */
  private async begin(): Promise<void> {
    try {
      this.actions.changed(await api<StudyData>("POST", `${this.url}start/`, {}));
    } catch (error) {
      const { data, words } = Problem.of(error);
      const found = (data as { reasons?: Reason[] }).reasons;
      if (!found) {
        toast(words, "bad");
        return;
      }
      this.reasons = found;
      this.show();
      this.toReasons();
    }
  }

  private toReasons(): void {
    this.part("ready").textContent = "It cannot start yet; below it says why.";
    this.part("reasons").scrollIntoView({ block: "center" });
  }

  private async remove(): Promise<void> {
    const body = [el("p", {}, "Its plan is gone then. Cases, readings and predictions stay.")];
    if (!(await ask({ title: `Delete “${this.study.name}”?`, body, yes: "Delete it", no: "Keep it" }))) return;
    try {
      await api("DELETE", this.url);
      this.saver.reset(null);
      this.actions.gone();
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
  }
}

/** Which readings are on the film, over each other or side by side, and how alike they are beside their chance level. */
import { el } from "../lib/dom";
import { swatch } from "../parts/swatch";
import { endOf, STYLES } from "../parts/track";
import { taken } from "../room/compare";
import type { Board } from "./board";
import type { FeedbackData, Likeness, ReadingData } from "./feedbacktypes";
import { kindOf } from "./readings";

export class CompareTab {
  readonly element = el("div");
  private readonly list = el("div", { class: "readings", role: "group", "aria-label": "Readings on the film" });
  private readonly sides = el("fieldset", { class: "sides" }, el("legend", { class: "unseen" }, "How they are shown"));
  private readonly alike = el("div");
  private readonly waiting = el("p", { class: "small soft", role: "status" });

  constructor(private readonly board: Board) {
    for (const [value, words] of [
      ["over", "Over each other"],
      ["side", "Side by side"],
    ] as const) {
      const input = el("input", { type: "radio", name: "sides", value, checked: value === "over" });
      input.addEventListener("change", () => void board.sideBySide(value === "side"));
      this.sides.append(el("label", { class: "check" }, input, words));
    }
    this.element.append(this.list, this.waiting, this.sides, this.alike);
    board.onChange(() => this.chips());
  }

  /** One film again. */
  async over(): Promise<void> {
    for (const input of this.sides.querySelectorAll("input")) input.checked = input.value === "over";
    await this.board.sideBySide(false);
  }

  show(data: FeedbackData): void {
    this.waiting.textContent = predictionWords(data);
    this.waiting.hidden = !this.waiting.textContent;
    const names = new Map(data.readings.map((reading) => [reading.id, reading]));
    const predicted = data.readings.find(({ role }) => role === "predicted");
    const groups = new Map<string, Likeness[]>();
    for (const row of data.similarity) groups.set(row.to, [...(groups.get(row.to) ?? []), row]);
    this.alike.replaceChildren(
      ...[...groups].map(([to, rows]) => alikeTable(to === "predicted" ? predicted : names.get(to), rows)),
      ...(groups.size > 0 ? [el("p", { class: "small soft" }, CHANCE)] : []),
    );
    this.chips();
  }

  private chips(): void {
    const { places, readings } = this.board;
    const shown = taken(places);
    this.list.replaceChildren(
      ...readings.map((reading, index) => {
        const place = places.indexOf(index);
        const style = STYLES[place];
        const full = place < 0 && shown >= STYLES.length;
        const last = place >= 0 && shown === 1;
        const { fixations } = reading;
        const chip = el(
          "button",
          {
            class: "reading-chip",
            type: "button",
            "aria-pressed": String(place >= 0),
            "aria-disabled": String(full || last),
            title: full ? `At most ${STYLES.length} at once` : last ? "One always stays" : "",
          },
          el("span", { class: "reading-swatch" }, style ? swatch(style) : null),
          el(
            "span",
            { class: "grow" },
            el("strong", {}, reading.label),
            el(
              "span",
              { class: "small soft" },
              `${kindOf(reading)}, ${fixations.length} in ${endOf(fixations).toFixed(1)} s`,
            ),
          ),
        );
        chip.addEventListener("click", () => this.board.toggle(index));
        return chip;
      }),
    );
  }
}

const CHANCE =
  "Chance is what shuffled fixations reach: mean, and the middle 95 % of them. A value within it says nothing.";

function alikeTable(to: ReadingData | undefined, rows: readonly Likeness[]): HTMLElement {
  const title = to
    ? `You and ${to.role === "predicted" ? "the predicted reading" : to.label}`
    : "You and another reading";
  return el(
    "table",
    { class: "table alike" },
    el("caption", {}, title),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("th", { scope: "col" }, "Measure"),
        el("th", { scope: "col", class: "num" }, "Value"),
        el("th", { scope: "col", class: "num" }, "By chance"),
      ),
    ),
    el("tbody", {}, ...rows.map(alikeRow)),
  );
}

function alikeRow(row: Likeness): HTMLElement {
  const { value, chance, chance_low, chance_high, refused } = row;
  if (value === null || refused) {
    return el("tr", {}, el("td", {}, row.measure), el("td", { colspan: 2, class: "small soft" }, refused || "–"));
  }
  const above = chance_high !== null && value > chance_high;
  const range =
    chance === null || chance_low === null || chance_high === null
      ? "–"
      : `${two(chance)} (${two(chance_low)}–${two(chance_high)})`;
  return el(
    "tr",
    { "data-above": above },
    el("td", {}, row.measure),
    el("td", { class: "num", title: above ? "Above chance" : "Within chance" }, `${two(value)} ${above ? "▲" : "="}`),
    el("td", { class: "num", title: `${row.shuffles} shuffles` }, range),
  );
}

const two = (value: number): string => value.toFixed(2).replace(/^0\./, ".");

/** What to say while there is no predicted reading; nothing when there is one. */
export function predictionWords({ model, prediction }: Pick<FeedbackData, "model" | "prediction">): string {
  if (model) return "";
  if (["queued", "running", "asking"].includes(prediction.state)) return "The predicted reading is being made …";
  if (prediction.state === "rated")
    return "You rate readings of this film in a study; other readings open to you when it closes.";
  if (prediction.state === "failed") return "The prediction failed; your own reading and the key are complete.";
  return "There is no predicted reading of this film.";
}

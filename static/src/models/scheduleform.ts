/** One form to make or change a schedule; a line says in words what it amounts to. */
import { el } from "../lib/dom";
import { Problem } from "../lib/problem";
import { SourceBoxes } from "./sources";
import type { ScheduleData, Timing } from "./types";
import { clock, localWords, scheduleSentence, WEEKDAYS } from "./words";

const FIRST: Timing = { weekday: 6, hour: 2, minute: 0, at_least: 200 };

/** Gives whether it was stored; stays open while it is refused. */
export function scheduleForm(
  one: ScheduleData | null,
  send: (body: Record<string, unknown>) => Promise<void>,
): Promise<boolean> {
  return new Promise((resolve) => {
    let done = false;
    const first = one ?? FIRST;
    const name = el("input", {
      id: "schedule-name",
      maxlength: 60,
      required: true,
      value: one?.name ?? "Weekly",
      autocomplete: "off",
    });
    const day = el(
      "select",
      { id: "schedule-day" },
      el("option", { value: "" }, "Every day"),
      ...WEEKDAYS.map((words, at) => el("option", { value: at, selected: first.weekday === at }, words)),
    );
    const time = el("input", {
      id: "schedule-time",
      type: "time",
      required: true,
      value: clock(first.hour, first.minute),
    });
    const least = el("input", {
      id: "schedule-least",
      type: "number",
      min: 1,
      max: 1_000_000,
      required: true,
      value: first.at_least,
    });
    const minutes = el("input", {
      id: "schedule-minutes",
      type: "number",
      min: 1,
      max: 1440,
      step: "any",
      value: one ? one.minutes : 5,
    });
    const release = one?.data.kind === "release";
    const sources = release ? null : new SourceBoxes(one?.data.sources ?? null, () => undefined);
    const promote = el("input", { type: "checkbox", checked: one?.promote ?? false });
    const line = el("p", { class: "notice small", role: "status" });
    const said = el("p", { class: "notice bad", role: "alert", hidden: true });
    const agree = el("button", { class: "button main", type: "submit" }, one ? "Change it" : "Make it");
    const leave = el("button", { class: "button", type: "button" }, "Leave it");
    const field = (words: string, control: HTMLElement) =>
      el("div", { class: "field" }, el("label", { for: control.id }, words), control);

    const timing = (): Timing => {
      const [hour = 0, minute = 0] = time.value.split(":").map(Number);
      return { weekday: day.value === "" ? null : Number(day.value), hour, minute, at_least: Number(least.value) };
    };
    const after = () =>
      promote.checked
        ? "What passes the gate serves at once, without anybody looking; you can roll back."
        : "What it makes becomes a candidate; you decide whether it serves.";
    const tell = () => {
      const local = localWords(timing(), new Date().getTimezoneOffset());
      line.textContent = `${scheduleSentence(timing())}${local ? ` (${local})` : ""}. ${after()}`;
    };

    const form = el(
      "form",
      { class: "dialog-body" },
      field("Name", name),
      el("div", { class: "field-pair" }, field("On", day), field("At (UTC)", time)),
      el(
        "div",
        { class: "field-pair" },
        field("If so many new readings have come", least),
        field("Minutes of training", minutes),
      ),
      sources?.element ?? el("p", { class: "small soft" }, "It trains from one release, as it was made."),
      el(
        "label",
        { class: "check-words" },
        promote,
        el(
          "span",
          {},
          el("strong", {}, "Promote what passes the gate"),
          el("span", { class: "small soft" }, "Off: a person looks first"),
        ),
      ),
      line,
      said,
      el("div", { class: "row" }, agree, leave),
    );
    const dialog = el(
      "dialog",
      { class: "asked", "aria-labelledby": "schedule-title" },
      el(
        "div",
        { class: "dialog-head" },
        el("h2", { id: "schedule-title" }, one ? `Change “${one.name}”` : "New schedule"),
      ),
      form,
    );
    form.addEventListener("input", tell);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      agree.disabled = true;
      said.hidden = true;
      try {
        await send({
          name: name.value.trim(),
          ...timing(),
          promote: promote.checked,
          minutes: minutes.value === "" ? null : Number(minutes.value),
          ...(sources ? { data: { kind: "consented", release: null, sources: sources.chosen } } : {}),
        });
        done = true;
        dialog.close();
      } catch (error) {
        said.textContent = Problem.of(error).words;
        said.hidden = false;
        agree.disabled = false;
      }
    });
    leave.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(done);
    });
    document.body.append(dialog);
    tell();
    dialog.showModal();
    name.focus();
  });
}

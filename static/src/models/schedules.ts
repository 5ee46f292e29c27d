/** When trainings start by themselves: in words, on or off, made and changed in one form. */

import { api } from "../lib/api";
import { el, icon } from "../lib/dom";
import { notice } from "../lib/notice";
import { count } from "../lib/plural";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { ask } from "../parts/ask";
import { when } from "../releases/pieces";
import { scheduleForm } from "./scheduleform";
import type { Page, ScheduleData } from "./types";
import { button } from "./versions";
import { localWords } from "./words";

const LIST = "/api/v1/training/schedules/";

export class Schedules {
  constructor(private readonly host: HTMLElement) {}

  async load(): Promise<void> {
    try {
      const answer = await api<Page<ScheduleData> | ScheduleData[]>("GET", LIST);
      const schedules = Array.isArray(answer) ? answer : answer.results;
      this.host.replaceChildren(
        ...(schedules.length > 0
          ? [el("ul", { class: "schedules plain" }, ...schedules.map((one) => this.row(one)))]
          : [
              el(
                "p",
                { class: "soft" },
                "None. A schedule begins a training by itself at a time of the day or week, when enough new readings have come.",
              ),
            ]),
        el(
          "p",
          {},
          button("New schedule …", () => void this.change(null), "tiny"),
        ),
      );
    } catch (error) {
      this.host.replaceChildren(notice(Problem.of(error).data));
    }
  }

  private row(one: ScheduleData): HTMLElement {
    const local = localWords(one, new Date().getTimezoneOffset());
    const enough = one.new_readings >= one.at_least;
    return el(
      "li",
      { class: "schedule", "data-schedule": one.id, "data-enabled": one.enabled },
      el(
        "div",
        { class: "grow" },
        el(
          "p",
          {},
          el("strong", {}, one.name),
          " ",
          el("span", { class: "badge", "data-state": one.enabled ? "open" : null }, one.enabled ? "on" : "off"),
          one.promote && el("span", { class: "badge tag" }, "promotes what passes"),
        ),
        el("p", {}, one.sentence, local && el("span", { class: "soft small" }, ` (${local})`)),
        el(
          "p",
          { class: "small soft" },
          `${count(one.new_readings, "new reading")} so far`,
          enough ? ", enough" : ` of ${one.at_least.toLocaleString("en-GB")}`,
          one.enabled && one.next_at && " · next ",
          one.enabled && one.next_at && when(one.next_at),
          one.last && " · last ",
          one.last && when(one.last.at),
          one.last && `: ${one.last.words} `,
          one.last?.run && el("a", { href: `/models/runs/${one.last.run}/` }, "that run"),
        ),
      ),
      el(
        "div",
        { class: "row" },
        button(one.enabled ? "Switch off" : "Switch on", () => void this.enable(one), "tiny"),
        button("Change …", () => void this.change(one), "tiny"),
        this.remover(one),
      ),
    );
  }

  private remover(one: ScheduleData): HTMLElement {
    const made = el(
      "button",
      { class: "tool", type: "button", title: "Delete", "aria-label": `Delete ${one.name}` },
      icon("close"),
    );
    made.addEventListener("click", () => void this.remove(one));
    return made;
  }

  private async enable(one: ScheduleData): Promise<void> {
    await this.act(() => api("PATCH", `${LIST}${one.id}/`, { enabled: !one.enabled }));
  }

  private async change(one: ScheduleData | null): Promise<void> {
    const send = async (body: Record<string, unknown>) => {
      await api(one ? "PATCH" : "POST", one ? `${LIST}${one.id}/` : LIST, body);
    };
    if (await scheduleForm(one, send)) {
      toast(one ? "The schedule is changed." : "The schedule is made.");
      await this.load();
    }
  }

  private async remove(one: ScheduleData): Promise<void> {
    const yes = await ask({
      title: `Delete the schedule “${one.name}”?`,
      body: [
        el(
          "p",
          {},
          `No further training starts by it (${one.sentence}). Trainings that it has started, and their versions, stay.`,
        ),
      ],
      yes: "Delete it",
      no: "Keep it",
    });
    if (yes) await this.act(() => api("DELETE", `${LIST}${one.id}/`));
  }

  private async act(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
    await this.load();
  }
}

/** Jobs that a page lists: they come again when any job changes and every so often; cancel and retry go through the API. */
import { api } from "../lib/api";
import { must } from "../lib/dom";
import { Live, showLine } from "../lib/live";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { LiveList } from "./livelist";

const SAID: Record<string, string> = { retry: "It waits in its queue again.", cancel: "It is cancelled." };

export function jobList(host: HTMLElement, everyMs: number): void {
  const list = new LiveList(host);
  host.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("[data-act]") : null;
    const job = button?.closest<HTMLElement>("[data-job]")?.dataset.job;
    const act = button?.dataset.act;
    if (!button || !job || !act) return;
    button.disabled = true;
    try {
      await api("POST", `/api/v1/jobs/${job}/${act}/`);
      toast(SAID[act] ?? "Done.");
    } catch (error) {
      toast(Problem.of(error).words, "bad");
      button.disabled = false;
    }
    list.refresh();
  });
  const live = new Live();
  showLine(live, must("[data-line]"));
  live.follow("jobs", { snapshot: () => list.refresh(), event: () => list.refresh() }, list.seen);
  window.setInterval(() => document.hidden || list.refresh(), everyMs);
  document.addEventListener("visibilitychange", () => document.hidden || list.refresh());
}

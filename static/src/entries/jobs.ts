/** The job page: refreshes when any job changes; cancel and retry go through the API. */
import { api } from "../lib/api";
import { must } from "../lib/dom";
import { Live, showLine } from "../lib/live";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { LiveList } from "../parts/livelist";

const AGES_MS = 30_000; // ages grow while nothing happens
const host = must<HTMLElement>("#jobs");
const list = new LiveList(host);

host.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("[data-act]") : null;
  const job = button?.closest<HTMLElement>("[data-job]")?.dataset.job;
  if (!button || !job) return;
  button.disabled = true;
  try {
    await api("POST", `/api/v1/jobs/${job}/${button.dataset.act}/`);
  } catch (error) {
    toast(Problem.of(error).words, "bad");
    button.disabled = false;
  }
  list.refresh();
});

const live = new Live();
showLine(live, must("[data-line]"));
live.follow("jobs", { snapshot: () => list.refresh(), event: () => list.refresh() }, list.seen);
window.setInterval(() => document.hidden || list.refresh(), AGES_MS);

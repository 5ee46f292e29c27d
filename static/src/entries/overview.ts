/** The admins' first page: comes again when any job changes and every few seconds; what failed is started again here. */
import { api } from "../lib/api";
import { must } from "../lib/dom";
import { Live, showLine } from "../lib/live";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { LiveList } from "../parts/livelist";

const EVERY_MS = 5_000; // shares, ages, memory and disk tell nobody when they change
const host = must<HTMLElement>("#overview");
const parts = new LiveList(host);

host.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("[data-act]") : null;
  const job = button?.closest<HTMLElement>("[data-job]")?.dataset.job;
  if (!button || !job) return;
  button.disabled = true;
  try {
    await api("POST", `/api/v1/jobs/${job}/retry/`);
    toast("It waits in its queue again.");
  } catch (error) {
    toast(Problem.of(error).words, "bad");
    button.disabled = false;
  }
  parts.refresh();
});

const live = new Live();
showLine(live, must("[data-line]"));
live.follow("jobs", { snapshot: () => parts.refresh(), event: () => parts.refresh() }, parts.seen);
window.setInterval(() => document.hidden || parts.refresh(), EVERY_MS);
document.addEventListener("visibilitychange", () => document.hidden || parts.refresh());

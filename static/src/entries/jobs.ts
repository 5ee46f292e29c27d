/** The job page: refreshes when any job changes; cancel and retry go through the API. */
import htmx from "htmx.org";
import { api } from "../lib/api";
import { must } from "../lib/dom";
import { Live, showLine } from "../lib/live";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";

const SOON_MS = 400;
const AGES_MS = 30_000; // ages grow while nothing happens
const list = must<HTMLElement>("#jobs");
let due = 0;

function refresh(): void {
  if (due) return;
  due = window.setTimeout(() => {
    due = 0;
    list.setAttribute("hx-get", location.pathname + location.search);
    htmx.process(list);
    htmx.trigger(list, "refresh");
  }, SOON_MS);
}

list.addEventListener("click", async (event) => {
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
  refresh();
});

const live = new Live();
showLine(live, must("[data-line]"));
live.follow("jobs", { snapshot: () => undefined, event: refresh });
window.setInterval(() => document.hidden || refresh(), AGES_MS);

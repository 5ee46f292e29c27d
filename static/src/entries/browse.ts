/** Browse: a query in the address, counts while one ticks, and the request for a release of it. */
import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { notice } from "../lib/notice";
import { Problem, type ProblemData } from "../lib/problem";
import { Counting } from "../releases/counting";
import { figures, numbered } from "../releases/pieces";
import { fromAddress, lacks, toAddress } from "../releases/query";
import { QueryForm } from "../releases/queryform";
import { REQUESTS } from "../releases/requests";
import type { Counts, RequestData } from "../releases/types";
import { peopleAdvice, peopleWords } from "../releases/words";

let query = fromAddress(location.search);
const sums = must<HTMLElement>("[data-counts]");
const said = must<HTMLElement>("[data-said]");
const few = must<HTMLElement>("[data-few]");
const advice = must<HTMLElement>("[data-advice]");
const second = must<HTMLElement>("[data-second]");
const refused = must<HTMLElement>("[data-refused]");
const request = must<HTMLFormElement>("[data-request]");
const name = must<HTMLInputElement>("#request-name");
const why = must<HTMLTextAreaElement>("#request-why");
const send = must<HTMLButtonElement>("[data-send]");
let counted: Counts | null = null;

const form = new QueryForm(
  query,
  document.querySelector<HTMLTemplateElement>("[data-sets]")?.content.querySelector("select") ?? null,
  (changed) => {
    query = changed;
    history.replaceState(null, "", toAddress(query) || location.pathname);
    ask();
  },
);
const counting = new Counting({
  waiting: () => sums.toggleAttribute("data-old", true),
  counted: show,
  sources: (bySource) => form.count(bySource),
  failed,
});

function ask(now = false): void {
  const missing = lacks(query);
  second.hidden = !(query.films || query.reports);
  if (!missing) {
    counting.ask(query, now);
    return;
  }
  counting.stop();
  counted = null;
  sums.removeAttribute("data-old");
  sums.replaceChildren();
  said.textContent = missing;
  said.classList.remove("unseen");
  warn();
  ready();
}

function show(counts: Counts): void {
  counted = counts;
  sums.removeAttribute("data-old");
  sums.replaceChildren(
    figures([
      numbered(counts.cases, "case"),
      numbered(counts.readings, "reading"),
      numbered(counts.readers, "reader"),
      ...(query.predictions ? [numbered(counts.predictions, "predicted reading")] : []),
      ...(query.ratings ? [numbered(counts.ratings, "rating")] : []),
    ]),
  );
  said.textContent = counts.sentence; // the figures again, for those who hear them
  said.classList.toggle("unseen", counts.readings > 0);
  warn(peopleWords(counts), peopleAdvice(counts));
  ready();
}

function failed(problem: ProblemData): void {
  counted = null;
  sums.removeAttribute("data-old");
  const again = el("button", { class: "button tiny", type: "button" }, "Count again");
  again.addEventListener("click", () => ask(true));
  sums.replaceChildren(notice(problem, "bad", again));
  said.textContent = "";
  warn();
  ready();
}

function warn(words = "", what = ""): void {
  few.textContent = words;
  few.hidden = words === "";
  advice.textContent = what;
  advice.hidden = what === "";
}

function ready(): void {
  send.disabled = !counted?.readings;
}

request.addEventListener("submit", async (event) => {
  event.preventDefault();
  send.disabled = true;
  refused.replaceChildren();
  try {
    const made = await api<RequestData>("POST", REQUESTS, { name: name.value.trim(), why: why.value.trim(), query });
    location.assign(`/releases/#request-${made.id}`);
  } catch (error) {
    refused.replaceChildren(
      notice(Problem.of(error).data, "bad", el("p", { class: "small soft" }, "What you wrote is still here.")),
    );
    send.disabled = false;
  }
});

window.addEventListener("popstate", () => {
  query = fromAddress(location.search);
  form.show(query);
  ask(true);
});
addKeys({ keys: ["a"], group: "Browse", what: "Ask for a release of this", run: () => name.focus() });
must("[data-query]").replaceChildren(form.element);
ask(true);

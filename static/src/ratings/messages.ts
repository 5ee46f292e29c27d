/** What is said over the film when an item cannot be rated: withdrawn, closed, or not reached. */
import { el } from "../lib/dom";
import { notice } from "../lib/notice";
import type { Problem } from "../lib/problem";

const queue = (kind: string) => el("a", { class: `button ${kind}`, href: "/rate/" }, "What waits for me");

function button(words: string, run: () => void): HTMLButtonElement {
  const made = el("button", { class: "button main", type: "button" }, words);
  made.addEventListener("click", run);
  return made;
}

export function withdrawn(next: () => void): HTMLElement {
  const detail =
    "A reading of it was taken back, or the film is gone. It is passed over; what you have answered stays.";
  const row = el("div", { class: "row" }, button("Next one", next), queue(""));
  return notice({ title: "This film was withdrawn.", detail }, "", row);
}

export function closed(study: string): HTMLElement {
  const detail = "What you submitted is kept and counts. What was only begun here does not.";
  const results = el("a", { class: "button main", href: `/studies/${study}/` }, "See the results");
  return notice({ title: "This study is closed.", detail }, "", el("div", { class: "row" }, results, queue("")));
}

export function dropped(): HTMLElement {
  const detail = "The organiser has taken you off. What you submitted is kept and counts.";
  const title = "You are no rater of this study any more.";
  return notice({ title, detail }, "", el("div", { class: "row" }, queue("main")));
}

export function failed({ data }: Problem, again: () => void): HTMLElement {
  return notice(data, "bad", el("div", { class: "row" }, button("Try again", again), queue("")));
}

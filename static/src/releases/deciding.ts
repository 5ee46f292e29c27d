/** Requests that wait for an admin: what is asked for, of how many people, and the decisions with their words. */
import { api } from "../lib/api";
import { el } from "../lib/dom";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { type AskedFor, askFor, type Wanted } from "./askform";
import { failed, retryButton } from "./making";
import { figures, numbered, when } from "./pieces";
import { queryWords, toAddress } from "./query";
import { REQUESTS, revocable } from "./requests";
import type { RequestData } from "./types";
import { countsWords, filmsWords, peopleWords, requestWords } from "./words";

const REASON: Wanted = {
  name: "reason",
  label: "Reason",
  kind: "lines",
  required: true,
  most: 1000,
  hint: "The person who asked reads it.",
};
const PASSWORD: Wanted = { name: "password", label: "Your password", kind: "password", required: true };

/** A request with its buttons; `decided` is called after each decision. */
export function requestPanel(request: RequestData, decided: () => void): HTMLElement {
  const { id, name, why, query, counts, by, created_at, films, state } = request;
  const few = peopleWords(counts);
  return el(
    "li",
    { class: "request panel", "data-request": id, "data-state": state },
    el(
      "div",
      { class: "request-head" },
      el("h3", { class: "grow" }, name),
      films.asked &&
        el("span", { class: "badge tag" }, query.films ? (query.reports ? "films and reports" : "films") : "reports"),
      el("span", { class: "small soft" }, `${by?.name ?? "somebody who left"}, `, when(created_at)),
    ),
    el("p", { class: "why" }, why || el("span", { class: "soft" }, "No reason was given.")),
    el(
      "p",
      { class: "small soft" },
      queryWords(query),
      ". ",
      el("a", { href: `/data/browse/${toAddress(query)}` }, "See what it finds now"),
    ),
    figures([
      numbered(counts.people, "person", "people"),
      numbered(counts.readers, "reader"),
      numbered(counts.readings, "reading"),
      numbered(counts.cases, "case"),
    ]),
    few !== "" && el("p", { class: counts.people > 0 ? "notice small" : "small soft" }, few),
    state === "approved" && el("p", {}, requestWords(request).words),
    request.may_decide
      ? el("div", { class: "row" }, ...(state === "open" ? first(request, decided) : []), ...second(request, decided))
      : el("p", { class: "small soft" }, "You asked for this yourself: another admin decides on it."),
    state === "approved" && el("div", { class: "row" }, closeButton(request, decided)),
  );
}

function first(request: RequestData, decided: () => void): HTMLElement[] {
  const { name, by, films } = request;
  const who = by?.name ?? "the person who asked";
  const today = el("p", { class: "small", role: "status" }, "Counting what it finds today …");
  const then =
    films.state === "open"
      ? "Nothing is made yet: you are asked about films and reports by themselves next."
      : `The release is made at once, in the background; ${who} is told when it is ready.`;
  return [
    button("main", "Approve …", name, () => {
      void countToday(request, today);
      void decide(request, decided, "approve", `“${name}” is approved.`, {
        title: `Approve “${name}”?`,
        body: [today, el("p", {}, then), ownWords(request)],
        fields: [{ name: "note", label: "Note", kind: "lines", most: 1000, hint: `${who} reads it.` }],
        yes: "Approve",
      });
    }),
    button("", "Decline …", name, () =>
      decide(request, decided, "decline", `“${name}” is declined.`, {
        title: `Decline “${name}”?`,
        body: [el("p", {}, `Nothing is made. ${who} can ask again.`)],
        fields: [REASON],
        yes: "Decline",
      }),
    ),
  ];
}

/** The list says what was found when it was asked; what would go out is counted anew before somebody lets it. */
async function countToday({ id }: RequestData, place: HTMLElement): Promise<void> {
  try {
    const { counts } = await api<RequestData>("GET", `${REQUESTS}${id}/`);
    place.textContent = `Today it finds ${countsWords(counts)}. ${peopleWords(counts)}`.trim();
  } catch (error) {
    place.textContent = Problem.of(error).words;
  }
}

function second(request: RequestData, decided: () => void): HTMLElement[] {
  const { name, films, query, state } = request;
  if (films.state !== "open" || state !== "approved") return [];
  const what = query.films ? (query.reports ? "films and reports" : "films") : "reports";
  return [
    button("main", `Let ${what} go along …`, name, () =>
      decide(request, decided, "approve-films", `${capital(what)} go along with “${name}”; it is being made.`, {
        title: `Let ${what} go along with “${name}”?`,
        body: [
          el(
            "p",
            {},
            `Whoever may download the release then has the de-identified ${what} too. This is written to the audit log with your name, and cannot be undone once it is downloaded.`,
          ),
          ownWords(request),
        ],
        fields: [PASSWORD, { ...REASON, label: "Why they may leave here" }],
        yes: "Approve and make it",
      }),
    ),
    button("", "Without them …", name, () =>
      decide(request, decided, "decline-films", `“${name}” is being made without ${what}.`, {
        title: `Make “${name}” without ${what}?`,
        body: [el("p", {}, `The release is made of the tables alone; cases are named by each film's sha256.`)],
        fields: [REASON],
        yes: "Make it without",
      }),
    ),
  ];
}

/** Said before somebody approves what they asked for themselves. */
const ownWords = ({ own }: RequestData): HTMLElement | string =>
  own
    ? el(
        "p",
        { class: "notice small" },
        "You asked for this yourself, and no other admin is there. The audit log and this page say that it was approved by who asked.",
      )
    : "";

/** Ends a request whose release is not ready. */
function closeButton(request: RequestData, decided: () => void): HTMLButtonElement {
  const { name, by } = request;
  return button("tiny", "Close …", name, () =>
    decide(request, decided, "close", `“${name}” is closed.`, {
      title: `Close “${name}”?`,
      body: [
        el("p", {}, `Nothing is made of it, and what was begun is stopped. ${by?.name ?? "Who asked"} can ask anew.`),
      ],
      fields: [REASON],
      yes: "Close it",
    }),
  );
}

function button(kind: string, words: string, name: string, run: () => void): HTMLButtonElement {
  const made = el(
    "button",
    { class: `button ${kind}`, type: "button", "aria-label": `${words.replace(" …", "")}: ${name}` },
    words,
  );
  made.addEventListener("click", run);
  return made;
}

async function decide(
  { id }: RequestData,
  decided: () => void,
  act: string,
  said: string,
  asked: Omit<AskedFor, "send">,
): Promise<void> {
  const send = async (answers: Record<string, string>) => {
    await api("POST", `${REQUESTS}${id}/${act}/`, answers);
  };
  if (await askFor({ ...asked, send })) toast(said);
  decided(); // also when it was not done: somebody else may have decided
}

/** A request on which nothing waits, as a row. */
export function decidedCells(request: RequestData, changed: () => void): (Node | string)[][] {
  const { name, by, created_at, decided, films, release, job, state: stands } = request;
  const again = stands === "approved" && job && failed(job) ? [" ", retryButton(job, name, changed)] : [];
  const close = revocable(request) ? [" ", closeButton(request, changed)] : [];
  const { badge, name: state, words } = requestWords(request);
  const second = films.asked && films.state !== "open" ? ` ${filmsWords(request)}` : "";
  return [
    release ? [el("a", { href: `/releases/${release.id}/` }, name)] : [name],
    [by?.name ?? "–"],
    [when(created_at)],
    [el("span", { class: "badge", "data-state": badge }, state)],
    [el("span", { class: "small" }, words + second), ...again, ...close],
    [decided ? when(decided.at) : "–"],
  ];
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

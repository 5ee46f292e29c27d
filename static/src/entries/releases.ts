/** The researcher's home: the newest release with how to cite it, one's own requests as they move, and all releases. */

import { api } from "../lib/api";
import { el, icon, must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { Live, showLine } from "../lib/live";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { simulatedBadge } from "../lib/simulated";
import { RELEASES, ReleaseList } from "../releases/list";
import { code, everything, figures, numbered, settle, when } from "../releases/pieces";
import { pending, REQUESTS, Requests } from "../releases/requests";
import type { Release, ReleaseRow, RequestData } from "../releases/types";
import { sizeWords, sourcesWords, withWords } from "../releases/words";

const SOON_MS = 300;
const host = must<HTMLElement>("[data-releases]");
const me = Number(document.body.dataset.user);
const live = new Live();
const requests = new Requests(live, soon);
let newest: HTMLElement | null = null;
let newestKey = "";
const list = new ReleaseList(live, soon);
const all = el(
  "section",
  { "aria-labelledby": "all-title" },
  el("h2", { id: "all-title" }, "All releases"),
  list.element,
);
let due = 0;
let first = true;

function soon(): void {
  window.clearTimeout(due);
  due = window.setTimeout(() => void load(), SOON_MS);
}

async function load(): Promise<void> {
  try {
    const [releases, asked] = await Promise.all([everything<ReleaseRow>(RELEASES), everything<RequestData>(REQUESTS)]);
    const ready = releases.find(({ state }) => state === "ready");
    const release = ready ? await api<Release>("GET", `${RELEASES}${ready.id}/`) : null;
    show(
      release,
      releases,
      asked.filter(({ by }) => by?.id === me),
    );
  } catch (error) {
    host.replaceChildren(notice(Problem.of(error).data));
  }
}

function show(release: Release | null, releases: ReleaseRow[], mine: RequestData[]): void {
  const key = JSON.stringify(release);
  if (key !== newestKey || !newest) newest = release ? newestPanel(release) : empty(mine.some(pending));
  newestKey = key;
  list.show(releases);
  requests.show(mine);
  const waits = mine.some(pending) && !release;
  settle(host, [
    ...(waits ? [requests.element, newest] : [newest, requests.element]),
    ...(releases.length > 0 ? [all] : []),
  ]);
  if (first) requests.point();
  first = false;
}

function newestPanel(release: Release): HTMLElement {
  const { id, version, name, counts, created_at, citation, size_bytes, by_source, closed } = release;
  return el(
    "section",
    { class: "panel newest", "aria-labelledby": "newest-title", "data-newest": id },
    el(
      "div",
      { class: "request-head" },
      el(
        "h2",
        { id: "newest-title", class: "grow" },
        el("a", { href: `/releases/${id}/` }, `Release ${version} · ${name}`),
      ),
      simulatedBadge(release.simulated, release.partly_simulated),
      el("span", { class: "small soft" }, "newest, made ", when(created_at)),
    ),
    figures([
      numbered(counts.cases, "case"),
      numbered(counts.readings, "reading"),
      numbered(counts.readers, "reader"),
      ...(counts.fixations ? [numbered(counts.fixations, "fixation")] : []),
    ]),
    el(
      "p",
      { class: "small soft" },
      `${sourcesWords(by_source) || "No readings"}; ${withWords(release)}; ${sizeWords(size_bytes)}.`,
    ),
    code(citation, "the citation"),
    closed && el("p", { class: "small" }, closed),
    el(
      "div",
      { class: "row" },
      el(
        "a",
        { class: "button main", href: `/releases/${id}/` },
        closed ? "Look into it" : "Look into it and download",
      ),
      el("a", { class: "button", href: "/access/" }, "Use it by script"),
    ),
  );
}

function empty(asked: boolean): HTMLElement {
  return el(
    "div",
    { class: "empty" },
    icon("path"),
    el("h2", {}, "No release yet"),
    el(
      "p",
      {},
      "A release is a frozen, versioned set of where readers looked on published cases, of those who agreed to research: tables with a data dictionary, checksums, a licence and how to cite it. It never changes, so a paper can name it.",
    ),
    asked
      ? el("p", {}, "Your request stands above; this page moves by itself.")
      : el("p", {}, el("a", { class: "button main", href: "/data/browse/" }, "See what there is and ask for one")),
  );
}

live.follow(`user:${me}`, { snapshot: () => undefined, event: (type) => type === "request.changed" && soon() });
showLine(live, must("[data-line]"));
document.addEventListener("visibilitychange", () => document.hidden || soon());
window.addEventListener("pageshow", (event) => event.persisted && soon());
addKeys(
  { keys: ["b"], group: "Releases", what: "Browse the data", run: () => location.assign("/data/browse/") },
  {
    keys: ["Enter"],
    group: "Releases",
    what: () => (newestKey && newestKey !== "null" ? "Open the newest release" : ""),
    run: () => newest?.querySelector<HTMLAnchorElement>("a.main")?.click(),
  },
);
void load();

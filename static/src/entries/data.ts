/** Data, for admins: requests that wait, releases and what they hold of people who withdrew, withdrawals. */
import { el, must } from "../lib/dom";
import { Live, showLine } from "../lib/live";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { decidedCells, requestPanel } from "../releases/deciding";
import { RELEASES, ReleaseList } from "../releases/list";
import { everything, Kept, settle, table } from "../releases/pieces";
import { REQUESTS, undecided as waits } from "../releases/requests";
import type { ReleaseRow, RequestData, Withdrawal } from "../releases/types";
import { withdrawalTable } from "../releases/withdrawals";

const SOON_MS = 300;
const open = must<HTMLElement>("[data-open]");
const none = must<HTMLElement>("[data-none]");
const releasesHost = must<HTMLElement>("[data-releases]");
const withdrawalsHost = must<HTMLElement>("[data-withdrawals]");
const decidedHost = must<HTMLElement>("[data-decided]");
const live = new Live();
const panels = new Kept<RequestData>((request) => requestPanel(request, soon));
const list = new ReleaseList(live, soon, true);
let due = 0;

function soon(): void {
  window.clearTimeout(due);
  due = window.setTimeout(() => void load(), SOON_MS);
}

/** Each part by itself, so that one that does not come takes no other away. */
async function load(): Promise<void> {
  await Promise.all([
    part(open, async () => requests(await everything<RequestData>(REQUESTS))),
    part(releasesHost, async () => releases(await everything<ReleaseRow>(RELEASES))),
    part(withdrawalsHost, async () => {
      withdrawalsHost.replaceChildren(withdrawalTable(await everything<Withdrawal>("/api/v1/data/withdrawals/")));
    }),
  ]);
}

async function part(host: HTMLElement, fill: () => Promise<void>): Promise<void> {
  try {
    await fill();
  } catch (error) {
    host.replaceChildren(notice(Problem.of(error).data));
  }
}

function requests(all: RequestData[]): void {
  const waiting = all.filter(waits).sort((a, b) => a.created_at.localeCompare(b.created_at)); // who waits longest, first
  const rest = all.filter((request) => !waits(request));
  settle(open, panels.show(waiting));
  none.hidden = waiting.length > 0;
  inBar(waiting.length);
  must("[data-open-count]").textContent = waiting.length > 0 ? `${waiting.length} to decide` : "";
  decidedHost.replaceChildren(
    rest.length > 0
      ? table(
          [
            { name: "Request" },
            { name: "By" },
            { name: "Asked" },
            { name: "State" },
            { name: "What happened" },
            { name: "Decided" },
          ],
          rest.map((request) => ({ attributes: { "data-request": request.id }, cells: decidedCells(request, soon) })),
          "Requests that were decided",
        )
      : el("p", { class: "soft" }, "None yet."),
  );
}

function releases(rows: ReleaseRow[]): void {
  list.show(rows);
  const none = el("p", { class: "soft" }, "None yet. A release is made when you approve a request.");
  settle(releasesHost, [rows.length > 0 ? list.element : none]);
}

/** The number in the bar, which was made with the page. */
function inBar(waiting: number): void {
  const entry = document.querySelector('.bar nav a[aria-current="page"]');
  entry?.querySelector(".count")?.remove();
  if (waiting === 0) return;
  entry?.append(el("span", { class: "badge count" }, String(waiting), el("span", { class: "unseen" }, " wait")));
}

live.follow("requests", { snapshot: () => undefined, event: soon });
showLine(live, must("[data-line]"));
document.addEventListener("visibilitychange", () => document.hidden || soon());
window.addEventListener("pageshow", (event) => event.persisted && soon());
void load();

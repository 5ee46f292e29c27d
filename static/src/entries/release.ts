/** One release: what is in it, its terms, files and citation; while it is made, how far that is. */

import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { Live, showLine } from "../lib/live";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { simulatedBadge } from "../lib/simulated";
import { toast } from "../lib/toast";
import { contents, dictionary, section } from "../releases/contents";
import { RELEASES } from "../releases/list";
import { active, Making, retryButton } from "../releases/making";
import { code, when } from "../releases/pieces";
import { shellLines } from "../releases/snippets";
import { citing, files, taking } from "../releases/take";
import type { Release } from "../releases/types";

const SOON_MS = 300;
const main = must<HTMLElement>("[data-release]");
const url = `${RELEASES}${main.dataset.release}/`;
const host = must<HTMLElement>("[data-view]");
const live = new Live();
let due = 0;
let unfollow = () => {};

async function load(): Promise<void> {
  try {
    show(await api<Release>("GET", url));
  } catch (error) {
    host.replaceChildren(notice(Problem.of(error).data));
  }
}

function soon(): void {
  window.clearTimeout(due);
  due = window.setTimeout(() => void load(), SOON_MS);
}

function show(release: Release): void {
  const { version, name, created_at, simulated, state, holds_withdrawn } = release;
  document.title = `Release ${version} · MedGaze`;
  must("[data-title]").textContent = `Release ${version} · ${name}`;
  must("[data-state]").replaceChildren(
    simulatedBadge(simulated, release.partly_simulated) || "",
    state === "ready"
      ? ""
      : el(
          "span",
          { class: "badge", "data-state": state === "making" ? "running" : "failed" },
          state === "making" ? "being made" : "failed",
        ),
    el("span", { class: "small soft" }, state === "ready" ? "made " : "begun ", when(created_at)),
  );
  unfollow();
  if (state !== "ready") {
    host.replaceChildren(unready(release));
    return;
  }
  const held = holds_withdrawn
    ? notice(
        {
          title: `It holds ${holds_withdrawn} ${holds_withdrawn === 1 ? "reading" : "readings"} of people who have withdrawn since.`,
          detail:
            "Nothing in it is changed. The next release is made without them. The audit log has who downloaded this one.",
        },
        "",
      )
    : "";
  host.replaceChildren(held, whole(release));
}

function whole(release: Release): HTMLElement {
  const side = el("aside", { class: "release-side stack", "aria-label": "Download and citation" });
  const listed = el("div", { class: "stack" });
  const fill = (now: Release) => {
    side.replaceChildren(taking(now, accepted), citing(now));
    listed.replaceChildren(files(now) || "");
  };
  const accepted = (now: Release) => {
    fill(now);
    toast("Accepted. The download is open.");
    side.querySelector<HTMLElement>("[data-download]")?.focus();
  };
  fill(release);
  const { dictionary: words, closed } = release;
  return el(
    "div",
    { class: "release-page" },
    el("div", { class: "release-what" }, contents(release)),
    side,
    el("div", { class: "release-rest stack" }, dictionary(words), listed, closed ? null : byScript(release)),
  );
}

function byScript(release: Release): HTMLElement {
  return section(
    "script",
    "By script",
    el(
      "p",
      { class: "soft small" },
      "With a token of yours and the terms accepted. ",
      el("a", { href: "/access/" }, "Tokens, and the same for Python"),
    ),
    code(shellLines(release, location.origin, ""), "the lines"),
  );
}

function unready({ job, id, state, version, may_make_again }: Release): HTMLElement {
  if (job && active(job)) {
    const making = new Making(job);
    unfollow = making.follow(live, id, soon);
    const words = "You can leave this page: the work goes on, and Releases shows it when it is done.";
    return el(
      "section",
      { class: "panel stack" },
      el("p", {}, "This release is being made."),
      making.element,
      el("p", { class: "small soft" }, words),
    );
  }
  unfollow = live.follow(`release:${id}`, { snapshot: () => undefined, event: soon });
  const again =
    job && may_make_again
      ? retryButton(job, `release ${version}`, soon)
      : el("p", {}, "Who wants the data asks for it anew.");
  const stopped = {
    title: "This release was not made.",
    detail: "Its making was cancelled, and nothing of it was kept.",
  };
  if (state === "failed") return notice(job?.error ?? stopped, "bad", again);
  return el("p", { class: "soft" }, "This release waits to be made.");
}

showLine(live, must("[data-line]"));
window.addEventListener("pageshow", (event) => event.persisted && soon());
void load();

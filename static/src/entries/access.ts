/** Access by script: tokens, and lines that work when pasted: this server, the newest release, a token just made. */
import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { RELEASES } from "../releases/list";
import { code } from "../releases/pieces";
import { pythonLines, shellLines } from "../releases/snippets";
import { Tokens } from "../releases/tokens";
import type { Page, Release, ReleaseRow, Scope } from "../releases/types";

const list = must<HTMLElement>("[data-tokens]");
const form = must<HTMLFormElement>("[data-new-token]");
const name = must<HTMLInputElement>("#token-name");
const days = must<HTMLSelectElement>("#token-days");
const refused = must<HTMLElement>("[data-refused]");
const shell = must<HTMLElement>("[data-shell]");
const python = must<HTMLElement>("[data-python]");
const before = must<HTMLElement>("[data-before]");
let release: Release | null = null;
let secret = "";

const tokens = new Tokens(list, must("[data-made]"), (made) => {
  secret = made;
  lines();
});

function lines(): void {
  shell.replaceChildren(code(shellLines(release, location.origin, secret), "the lines for a shell"));
  const open = release !== null && !release.closed;
  must<HTMLElement>("[data-with-release]").hidden = !open;
  if (release && open)
    python.replaceChildren(code(pythonLines(release, location.origin, secret), "the lines for Python"));
}

/** What has to be done before the last line answers. */
function firstSteps(): Node[] {
  if (!release)
    return [el("p", { class: "soft small" }, "There is no release yet, so the third line counts what one could hold.")];
  const link = el("a", { href: `/releases/${release.id}/` }, `Release ${release.version}`);
  if (release.closed)
    return [
      notice(
        { title: "The newest release is closed to you; the last line counts instead.", detail: release.closed },
        "",
      ),
    ];
  if (!release.terms.accepted_at)
    return [
      el(
        "p",
        { class: "notice small", role: "status" },
        "Accept the terms of ",
        link,
        " once; until then the last line is refused.",
      ),
    ];
  return [
    el(
      "p",
      { class: "soft small" },
      "They take ",
      link,
      ", whose terms you have accepted. A download that was cut goes on when you run its line again.",
    ),
  ];
}

async function load(): Promise<void> {
  try {
    const { results } = await api<Page<ReleaseRow>>("GET", RELEASES);
    const newest = results.find(({ state }) => state === "ready");
    release = newest ? await api<Release>("GET", `${RELEASES}${newest.id}/`) : null;
    before.replaceChildren(...firstSteps());
  } catch (error) {
    before.replaceChildren(notice(Problem.of(error).data));
  }
  lines();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = must<HTMLButtonElement>("button", form);
  button.disabled = true;
  refused.replaceChildren();
  const scope = must<HTMLInputElement>("[name=scope]:checked", form).value as Scope;
  try {
    await tokens.make(name.value.trim(), scope, Number(days.value));
    name.value = "";
  } catch (error) {
    refused.replaceChildren(notice(Problem.of(error).data));
  }
  button.disabled = false;
});

addKeys({ keys: ["a"], group: "API", what: "A new token", run: () => name.focus() });
tokens.load().catch((error: unknown) => list.replaceChildren(notice(Problem.of(error).data)));
void load();

/** What approving will do, in words, before it is done; and the look at names, where a text may hold one. */
import { api } from "../lib/api";
import { el } from "../lib/dom";
import { identityCheck } from "../lib/identity";
import { Problem } from "../lib/problem";
import { faultsOf, IMPORTANCE, type KeyDoc } from "./doc";
import type { KeyData } from "./wire";

export interface Approving {
  url: string;
  version: number;
  /** The version that counts until now, with its attempts. */
  before: { version: number; attempts: number } | null;
  doc: () => KeyDoc;
  /** Saves what stands there; gives the draft's tag, or null when it could not be saved. */
  saved: () => Promise<string | null>;
  /** Texts that the look at names has changed. */
  take: (texts: Record<string, string>) => void;
  done: (answer: Approved) => void;
}

export interface Approved {
  approved: KeyData;
  next: string | null;
}

export function askToApprove(dialog: HTMLDialogElement, approving: Approving): void {
  const { version, before } = approving;
  const faults = faultsOf(approving.doc());
  if (faults.length > 0) {
    const back = el("button", { class: "button main", type: "button" }, "Back to it");
    back.addEventListener("click", () => dialog.close());
    const list = el("ul", {}, ...faults.map((fault) => el("li", {}, fault)));
    show(dialog, "This key is not complete yet", el("div", { class: "dialog-body" }, list, back));
    back.focus();
    return;
  }
  const { normal, findings } = approving.doc();
  const many = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
  const what = `${normal ? "normal" : "not normal"}, ${many}`;
  const said = el("div", { role: "alert" });
  const yes = el("button", { class: "button main", type: "button", "data-yes": true }, `Approve version ${version}`);
  const no = el("button", { class: "button", type: "button" }, "Not yet");
  const old =
    before &&
    (before.attempts > 0
      ? `${attempts(before.attempts)} judged by version ${before.version} and ${before.attempts === 1 ? "keeps" : "keep"} it, with a line that says there is a newer one.`
      : `Version ${before.version} no longer counts; nobody has been judged by it.`);
  const body = el(
    "div",
    { class: "dialog-body" },
    el("p", {}, "From now on attempts at this case are judged by this key: ", el("strong", {}, what), "."),
    el(
      "ol",
      {},
      ...findings.map(({ label, importance }) => el("li", {}, `${label}: ${IMPORTANCE[importance].toLowerCase()}`)),
    ),
    old && el("p", {}, old),
    el("p", { class: "soft" }, `It cannot be changed afterwards. The next change begins version ${version + 1}.`),
    said,
    el("div", { class: "row" }, yes, no),
  );
  show(dialog, `Approve version ${version}?`, body);
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", async () => {
    yes.disabled = true;
    try {
      await send(approving, []);
      dialog.close();
    } catch (error) {
      const { data, words } = Problem.of(error);
      yes.disabled = false;
      if (data.flagged) {
        const check = identityCheck(data.flagged, async ({ texts, confirmed }) => {
          approving.take(texts);
          await send(approving, confirmed);
          dialog.close();
        });
        show(dialog, "A look at names", el("div", { class: "dialog-body" }, check));
      } else said.replaceChildren(el("p", { class: "notice bad" }, words));
    }
  });
  yes.focus();
}

async function send({ url, saved, done }: Approving, confirmed: string[]): Promise<void> {
  const changed_at = await saved();
  if (changed_at === null)
    throw new Problem({ title: "The draft is not saved.", detail: "Close this and look there." });
  done(await api<Approved>("POST", `${url}approve/`, { changed_at, confirmed }));
}

function show(dialog: HTMLDialogElement, title: string, body: HTMLElement): void {
  dialog.replaceChildren(el("div", { class: "dialog-head" }, el("h2", { id: "approve-title" }, title)), body);
  if (!dialog.open) dialog.showModal();
}

const attempts = (n: number): string => (n === 1 ? "1 attempt was" : `${n} attempts were`);

/** Authoring: the answer key of one case, drawn over its film, saved by itself and approved for good. */
import { type Approved, askToApprove } from "../key/approve";
import { History, type KeyDoc, withTexts } from "../key/doc";
import { KeyEditor } from "../key/editor";
import { KeyPanel } from "../key/panel";
import { Saver, type SaveState } from "../key/saver";
import { keyTools } from "../key/tools";
import { bodyOf, docOf, type KeyData, type KeysData, type VersionData, wordsOf } from "../key/wire";
import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import type { CaseData } from "../lib/types";
import { ask } from "../parts/ask";
import { FilmViewport } from "../parts/filmviewport";
import { Toolbar } from "../parts/toolbar";
import { filmTools, windowTools } from "../parts/tools";
import { WindowBox } from "../parts/windowbox";

const id = must<HTMLElement>("[data-case]").dataset.case ?? "";
const url = `/api/v1/cases/${id}/key/`;
const NEXT = "medgaze.approved"; // words for the page that follows

function start(data: CaseData, keys: KeysData): void {
  let { approved } = keys;
  let draft: KeyData | null = keys.draft;
  let versions: VersionData[] = [];
  const viewport = new FilmViewport(must("[data-viewport]"), {
    label: "Film with findings. Tab goes through them, arrows move one, Shift and arrows size it.",
  });
  const box = new WindowBox(must("[data-window]"), viewport.viewer);
  const history = new History<KeyDoc>(docOf(draft ?? approved));
  const editor = new KeyEditor(viewport, history);
  const panel = new KeyPanel(
    must("[data-panel]"),
    editor,
    Array.from(must<HTMLDataListElement>("#terms").options, ({ value }) => value),
  );
  const saver = new Saver<KeyDoc>(draft?.changed_at ?? null, {
    put: async (doc, seen) => {
      draft = await api<KeyData>("PUT", url, bodyOf(doc, seen));
      head();
      return draft.changed_at;
    },
    what: () => history.now,
    onState: saving,
  });
  const dialog = must<HTMLDialogElement>("[data-approve-dialog]");
  const preview = must<HTMLButtonElement>("[data-preview]");
  const toolbar = new Toolbar(
    must("[data-tools]"),
    ...keyTools({
      viewport,
      editor,
      panel,
      preview: () => previewing(!document.body.hasAttribute("data-previewing")),
      approve: () => must<HTMLButtonElement>("[data-approve]").click(),
      leave: () => location.assign(`/cases/${id}/`),
    }),
    filmTools(viewport)
      .filter(({ keys: [key] }) => !key?.startsWith("Shift+Arrow"))
      .map((tool) => (tool.name === "reset" ? { ...tool, keys: ["Ctrl+Backspace"] } : tool)),
    windowTools(viewport, box).filter(({ keys: [key] }) => !key?.startsWith("Arrow")),
  );
  viewport.onChange(() => toolbar.refresh());

  let known = history.now;
  editor.onChange(() => {
    toolbar.refresh();
    if (history.now === known) return;
    known = history.now;
    saver.touch();
    head();
  });
  editor.onDrawn = () => panel.focusLabel();

  function head(): void {
    const next = (approved?.version ?? 0) + 1;
    must("[data-version]").textContent = draft
      ? `Draft of version ${draft.version}`
      : approved
        ? `Version ${approved.version}, approved`
        : "No key yet";
    must("[data-hint]").textContent =
      !draft && approved ? `The key that counts. A change begins a draft of version ${next}.` : "";
    must<HTMLButtonElement>("[data-approve]").disabled = !draft && saver.state === "clean";
    must<HTMLButtonElement>("[data-discard]").hidden = !draft;
  }

  function saving(state: SaveState, problem: Problem | null): void {
    const line = must<HTMLElement>("[data-saved]");
    const at = saver.savedAt?.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
    const words: Record<SaveState, string> = {
      clean: at ? `saved ${at}` : "",
      waiting: "not saved yet …",
      saving: "saving …",
      failed: `Not saved: ${problem?.words ?? ""} It is tried again by itself.`,
      conflict: "Not saved.",
    };
    line.textContent = words[state];
    line.toggleAttribute("data-bad", state === "failed" || state === "conflict");
    must("[data-conflict]").replaceChildren(...(state === "conflict" && problem ? [clash(problem)] : []));
    head();
  }

  /** Somebody else has changed the draft: nothing is written over theirs before the author says so. */
  function clash(problem: Problem): HTMLElement {
    const theirs = el("button", { class: "button tiny", type: "button" }, "Load theirs");
    const mine = el("button", { class: "button tiny bad", type: "button" }, "Keep mine over theirs");
    theirs.addEventListener("click", () => void reload());
    mine.addEventListener("click", async () => {
      try {
        const now = await api<KeysData>("GET", url);
        approved = now.approved;
        await saver.over(now.draft?.changed_at ?? null);
      } catch (error) {
        toast(Problem.of(error).words, "bad");
      }
    });
    return notice(
      { ...problem.data, detail: "Somebody else did, or you in another tab. Yours still stands here." },
      "bad",
      el("div", { class: "row" }, theirs, mine),
    );
  }

  /** What the server has, as a step that can be taken back. */
  async function reload(): Promise<void> {
    try {
      const now = await api<KeysData>("GET", url);
      ({ approved, draft } = now);
      known = docOf(draft ?? approved);
      history.set(known);
      saver.reset(draft?.changed_at ?? null);
      editor.choose(null);
      panel.refresh();
      viewport.refresh();
      await loadVersions();
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
  }

  async function loadVersions(): Promise<void> {
    versions = await api<VersionData[]>("GET", `${url}versions/`);
    must<HTMLElement>("[data-versions-box]").hidden = versions.length === 0;
    must("[data-versions]").replaceChildren(
      ...versions.map((one) => el("li", {}, el("strong", {}, `Version ${one.version}`), `: ${wordsOf(one)}`)),
    );
    head();
  }

  function previewing(on: boolean): void {
    document.body.toggleAttribute("data-previewing", on);
    viewport.shown.hidden = on;
    viewport.gestures.tool = on ? "window" : "draw";
    editor.choose(null);
    viewport.refresh();
    must<HTMLElement>("[data-preview-head]").hidden = !on;
    (on ? must<HTMLElement>("[data-preview-back]") : viewport.host).focus();
  }

  function approvedNow(answer: Approved): void {
    const words = `Version ${answer.approved.version} of “${data.title}” is approved.`;
    if (answer.next) {
      saver.reset(null);
      sessionStorage.setItem(NEXT, `${words} This is the next one.`);
      location.assign(`/cases/${answer.next}/key/`);
      return;
    }
    toast(`${words} No other key waits.`);
    void reload();
  }

  must("[data-approve]").addEventListener("click", async () => {
    if (document.body.hasAttribute("data-previewing")) previewing(false);
    await saver.flush();
    const now = versions.find(({ state }) => state === "approved");
    askToApprove(dialog, {
      url,
      version: draft?.version ?? (approved?.version ?? 0) + 1,
      before: now ? { version: now.version, attempts: now.attempts } : null,
      doc: () => history.now,
      saved: async () => ((await saver.flush()) ? saver.tag : null),
      take: (texts) => editor.set(withTexts(history.now, texts)),
      done: approvedNow,
    });
  });
  must("[data-discard]").addEventListener("click", async () => {
    const left = approved ? `Version ${approved.version} goes on to count.` : "The case is then without a key.";
    if (!draft) return;
    const title = `Throw this draft of version ${draft.version} away?`;
    if (!(await ask({ title, body: [el("p", {}, left)], yes: "Throw it away", no: "Keep it" }))) return;
    try {
      await saver.flush();
      await api("DELETE", `${url}?changed_at=${encodeURIComponent(saver.tag ?? "")}`);
      toast("The draft is thrown away.");
      await reload();
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
  });
  preview.addEventListener("click", () => previewing(true));
  must("[data-preview-back]").addEventListener("click", () => previewing(false));
  viewport.host.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || event.ctrlKey || event.altKey || event.metaKey) return;
    if (editor.next(event.shiftKey ? -1 : 1)) {
      event.preventDefault();
      if (editor.chosen) editor.reveal(editor.chosen);
    } else editor.choose(null); // past the last one: on through the page
  });
  must("[data-panel]").addEventListener("keydown", (event) => {
    const key = event as KeyboardEvent;
    const typing = key.target instanceof HTMLInputElement && key.target.matches("[data-label]");
    if (typing && (key.key === "Enter" || key.key === "Escape") && !key.isComposing) viewport.host.focus();
  });
  window.addEventListener("beforeunload", (event) => {
    if (saver.state !== "clean") event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") void saver.flush();
  });

  const words = sessionStorage.getItem(NEXT);
  sessionStorage.removeItem(NEXT);
  if (words) toast(words);
  head();
  void loadVersions().catch((error) => toast(Problem.of(error).words, "bad"));
  if (data.film) {
    void viewport.open(data.film).then((shown) => {
      if (shown) box.film(data.film);
    });
  } else viewport.say(notice({ title: "There is no film here." }));
  Object.assign(window, { key: { viewport, editor, saver } }); // for the browser tests and for the curious
}

async function begin(): Promise<void> {
  try {
    start(await api<CaseData>("GET", `/api/v1/cases/${id}/`), await api<KeysData>("GET", url));
  } catch (error) {
    must("[data-viewport]").replaceChildren(notice(Problem.of(error).data));
  }
}

void begin();

/** Which is harder? Two films side by side, one key an answer, the next two at once. */

import { answerTools, bothFilms, oneFilm } from "../ladder/hardertools";
import { Pairs, type Sent } from "../ladder/pairs";
import { stacked, TwoFilms } from "../ladder/twofilms";
import type { Harder, Pair, PairAnswer } from "../ladder/types";
import { api } from "../lib/api";
import { must } from "../lib/dom";
import { keepKeysFor } from "../lib/focus";
import { notice } from "../lib/notice";
import { count } from "../lib/plural";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { Toolbar } from "../parts/toolbar";

const LADDER = "/api/v1/ladder/";
const LOOK_MS = 700; // who answers sooner has pressed a key for the pair before
/** "The left film was called harder." */
function said(harder: Harder): string {
  if (harder === "equal") return "The films were called equally hard.";
  const names = stacked() ? { left: "upper", right: "lower" } : { left: "left", right: "right" };
  return `The ${names[harder]} film was called harder.`;
}

function start(): void {
  const main = must<HTMLElement>("[data-harder]");
  const undo = must<HTMLButtonElement>("[data-undo]");
  const buttons = [...main.querySelectorAll<HTMLButtonElement>("[data-answer]")];
  const films = new TwoFilms(must("[data-films]"), refresh);
  const warmed = new Set<string>();

  const pairs = new Pairs(
    {
      pair: (besides) => {
        const query = besides ? `?besides=${besides.left.case},${besides.right.case}` : "";
        return api<PairAnswer>("GET", `${LADDER}pair/${query}`);
      },
      send: (answer) => api<Sent>("POST", `${LADDER}comparisons/`, answer),
      undo: (id) => api("POST", `${LADDER}comparisons/${id}/undo/`, {}),
    },
    { show, warm, changed: refresh, failed: (problem) => toast(problem.words, "bad") },
  );

  function show(pair: Pair | null): void {
    main.toggleAttribute("data-none-left", pair === null);
    must<HTMLElement>("[data-none]").hidden = pair !== null;
    must<HTMLElement>("[data-films]").hidden = pair === null;
    for (const side of pair ? [pair.left, pair.right] : []) warmed.add(side.film.sha256);
    if (pair) void films.open(pair).then((both) => must<HTMLElement>("[data-pass]").toggleAttribute("hidden", both));
    else {
      films.close();
      must("[data-none-words]").textContent =
        pairs.words || "You have compared every pair that is worth comparing now.";
    }
  }

  /** Into the browser's cache, where films stay. */
  function warm({ left, right }: Pair): void {
    for (const { film } of [left, right]) {
      if (warmed.has(film.sha256)) continue;
      warmed.add(film.sha256);
      fetch(film.pixels, { credentials: "same-origin" }).then(
        (response) => response.arrayBuffer(),
        () => warmed.delete(film.sha256),
      );
    }
  }

  function answer(harder: Harder): void {
    if (films.shownAt === null) return; // nobody answers on a film that is not in sight
    if (performance.now() - films.shownAt < LOOK_MS) {
      toast("Look at both films first: that key came with the last pair.");
      return;
    }
    const seconds = Math.round((performance.now() - films.shownAt) / 100) / 10;
    films.shownAt = null;
    void pairs.answer(harder, seconds);
  }

  function refresh(): void {
    const ready = films.shownAt !== null;
    for (const button of buttons) button.setAttribute("aria-disabled", String(!ready));
    undo.disabled = pairs.last === null;
    must("[data-done]").textContent = `You compared ${count(pairs.done, "pair")}.`;
    must("[data-last]").textContent = pairs.last ? said(pairs.last) : "";
  }

  for (const button of buttons) button.addEventListener("click", () => answer(button.dataset.answer as Harder));
  undo.addEventListener("click", () => void pairs.undo());
  must("[data-pass]").addEventListener("click", () => void pairs.pass());
  const both = bothFilms(films);
  const toolbar = new Toolbar(
    must("[data-tools]"),
    both.drag,
    oneFilm(films),
    both.window,
    answerTools({ answer, undo: () => void pairs.undo(), stacked }),
  );
  for (const viewport of films.viewports) viewport.onChange(() => toolbar.refresh());
  keepKeysFor(main, "[data-help-dialog]");
  Object.assign(window, { harder: { films, pairs } }); // for the tests and the curious
  void pairs.start();
}

try {
  start();
} catch (error) {
  must("[data-films]").replaceChildren(notice(Problem.of(error).data));
}

/** The library: htmx searches and filters; the list refreshes itself when one of one's own cases changes. */
import { must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { Live, showLine } from "../lib/live";
import { answer } from "../lib/questions";
import { LiveList } from "../parts/livelist";

const host = must<HTMLElement>("#cases");
const list = new LiveList(host);
const live = new Live();
showLine(live, must("[data-line]"));
live.follow(
  `user:${document.body.dataset.user}`,
  { snapshot: () => list.refresh(), event: (type) => type === "case.listed" && list.refresh() },
  list.seen,
);

host.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("[data-agree]") : null;
  const { set = "", case: id = "" } = button?.closest<HTMLElement>("[data-question]")?.dataset ?? {};
  if (!button) return;
  button.disabled = true;
  if (await answer(set, id, button.dataset.agree === "yes")) list.refresh();
  button.disabled = false;
});

addKeys(
  { keys: ["/"], group: "Library", what: "Search", run: () => must<HTMLInputElement>("#search").focus() },
  { keys: ["j", "ArrowRight"], group: "Library", what: "Next case", run: () => step(1) },
  { keys: ["k", "ArrowLeft"], group: "Library", what: "Case before", run: () => step(-1) },
);

function step(by: number): void {
  const links = [...host.querySelectorAll<HTMLAnchorElement>("h2 a")];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  links[Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
}

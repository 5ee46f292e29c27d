/** The list of recordings: htmx filters it; deleting asks first; a new one shows by itself. */
import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { Live, showLine } from "../lib/live";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { ask } from "../parts/ask";
import { LiveList } from "../parts/livelist";

const host = must<HTMLElement>("#recordings");
const list = new LiveList(host);
const live = new Live();
showLine(live, must("[data-line]"));
live.follow(`user:${document.body.dataset.user}`, {
  event: (type, data) => type === "import.listed" && data.state === "saved" && list.refresh(),
});

async function remove(row: HTMLTableRowElement): Promise<void> {
  const words = [...row.cells]
    .slice(0, 2)
    .map((cell) => cell.innerText.trim())
    .join(", ");
  const body = [el("p", {}, `${words}. Its samples and fixations are gone for good.`)];
  if (!(await ask({ title: "Delete this recording?", body, yes: "Delete it", no: "Keep it" }))) return;
  try {
    await api("DELETE", `/api/v1/recordings/${row.dataset.recording}/`);
    toast("Deleted.");
    list.refresh();
  } catch (error) {
    toast(Problem.of(error).words, "bad");
  }
}

host.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-delete]") : null;
  const row = button?.closest<HTMLTableRowElement>("[data-recording]");
  if (row) void remove(row);
});

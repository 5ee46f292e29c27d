/** The import page: drop eye trackers' files; each is read, matched, looked at and saved in its own row. */
import { api } from "../lib/api";
import { must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { Live, showLine } from "../lib/live";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { ImportRow } from "../recordings/importrow";
import type { ImportData } from "../recordings/types";

const drop = must<HTMLElement>("[data-drop]");
const input = must<HTMLInputElement>("#files");
const list = must<HTMLElement>("[data-imports]");
const maxBytes = Number(input.dataset.maxMb) * 1024 * 1024;
const options = { others: "others" in input.dataset, consent: "consent" in input.dataset };
const live = new Live();
const rows: ImportRow[] = [];
showLine(live, must("[data-line]"));

function row(name: string): ImportRow {
  const made = new ImportRow(name, live, options, alone, changed);
  rows.push(made);
  list.append(made.element);
  return made;
}

/** One workbench at a time: a film needs the room. */
function alone(row: ImportRow): void {
  for (const other of rows) if (other !== row) other.fold();
}

/** The first file that is recognised opens by itself. */
function changed(row: ImportRow): void {
  if (row.state === "gone") rows.splice(rows.indexOf(row), 1);
  else if (row.state === "recognised" && !rows.some(({ opened }) => opened)) void row.open();
}

function add(files: Iterable<File>): void {
  for (const file of files) void row(file.name).send(file, maxBytes);
}

async function goOn(): Promise<void> {
  try {
    const { results } = await api<{ results: ImportData[] }>("GET", "/api/v1/recordings/imports/");
    for (const data of results) {
      const when = new Date(data.created_at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
      row(`File of ${when}`).follow(data.id, data.subject);
    }
  } catch (error) {
    toast(Problem.of(error).words, "bad");
  }
}

input.addEventListener("change", () => {
  add(input.files ?? []);
  input.value = "";
});
for (const type of ["dragenter", "dragover"]) {
  document.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  add((event as DragEvent).dataTransfer?.files ?? []);
});
window.addEventListener("beforeunload", (event) => {
  if (rows.some(({ state }) => state === "sending")) event.preventDefault();
});
addKeys({ keys: ["c"], group: "Import", what: "Choose files", run: () => input.click() });
void goOn();

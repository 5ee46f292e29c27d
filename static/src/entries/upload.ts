/** The upload page: drop or choose films, pair text files as reports, send two at a time; each row is on its own. */
import { must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { Live, showLine } from "../lib/live";
import { toast } from "../lib/toast";
import { pair, stem } from "../upload/pairing";
import { UploadRow } from "../upload/row";

const AT_ONCE = 2;
const drop = must<HTMLElement>("[data-drop]");
const input = must<HTMLInputElement>("#files");
const list = must<HTMLElement>("[data-uploads]");
const sendAll = must<HTMLButtonElement>("[data-send-all]");
const live = new Live();
const rows: UploadRow[] = [];
const reports = new Map<string, File>();
showLine(live, must("[data-line]"));

function add(files: Iterable<File>): void {
  const pairing = pair(files);
  for (const [name, file] of pairing.reports) {
    reports.set(name, file);
    for (const row of rows) if (stem(row.file.name) === name) void row.setReport(file);
  }
  for (const file of pairing.films) {
    const row = new UploadRow(file, live, Number(input.dataset.maxMb) * 1024 * 1024, changed);
    const report = reports.get(stem(file.name));
    if (report) void row.setReport(report);
    rows.push(row);
    list.append(row.element);
  }
  if (pairing.films.length === 0 && rows.length === 0) toast("That is a report; add its film too.");
  update();
}

function changed(row: UploadRow): void {
  if (row.state === "gone") rows.splice(rows.indexOf(row), 1);
  // The only film is in: its reading is being predicted now, so go and watch.
  if (row.state === "ready" && rows.length === 1) location.assign(`/cases/${row.caseId}/#play`);
  update();
}

function update(): void {
  const waiting = rows.filter((row) => row.sendable).length;
  sendAll.hidden = waiting < 2;
  sendAll.textContent = `Send all ${waiting}`;
}

async function sendEverything(): Promise<void> {
  const queue = rows.filter((row) => row.sendable);
  const worker = async () => {
    for (let row = queue.shift(); row; row = queue.shift()) await row.send();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

input.addEventListener("change", () => {
  add(input.files ?? []);
  input.value = "";
});
sendAll.addEventListener("click", () => void sendEverything());
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
  if (rows.some((row) => row.state === "sending")) event.preventDefault();
});
addKeys({ keys: ["c"], group: "Upload", what: "Choose files", run: () => input.click() });

/** The ladder: cases from the hardest to the easiest, observed beside predicted, moving as people read and compare. */

import { agreementLine, agreementTable } from "../ladder/agreement";
import { Drawer } from "../ladder/drawer";
import { Shelf, withPrediction } from "../ladder/shelf";
import { Soon } from "../ladder/soon";
import { LadderTable } from "../ladder/table";
import { type Agreement, BANDS, type Band, type LadderPage, type LiveRow, type Row } from "../ladder/types";
import { type Move, movedWords, observed } from "../ladder/words";
import { api } from "../lib/api";
import { must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { Live, showLine } from "../lib/live";
import { notice } from "../lib/notice";
import { count } from "../lib/plural";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";

const LADDER = "/api/v1/ladder/";
const PAGE = 100; // rows
const PATIENCE_MS = 800; // for the live line before the rows are asked for without it
const TOGETHER_MS = 120; // moves within this go onto the page at once
const SAY_MS = 1_500; // and within this are said in one sentence
const COUNT_MS = 6_000; // then the server is asked what there is in each band:
const WHOLE = 500; // all rows while they are so few, since a comparison moves others a little too, which is not told

function start(): void {
  const main = must<HTMLElement>("[data-ladder]");
  const state = must("[data-state]");
  const said = must("[data-said]");
  const shelf = new Shelf();
  const table = new LadderTable(must("[data-table]"), shelf, {
    open: (row) => open(row, true),
    more: (band) => void more(band),
  });
  const drawer = new Drawer(must("[data-drawer]"), () => table.standard, main.dataset.author === "yes", shut);
  const find = must<HTMLInputElement>("[data-find]");
  const parted = must<HTMLInputElement>("[data-parted]");

  // ---- what is asked for stands in the address
  const asked = new URLSearchParams(location.search);
  find.value = asked.get("find") ?? "";
  parted.checked = asked.get("parted") === "1";
  let wanted = asked.get("case"); // opened as soon as it is here

  function address(): void {
    const query = new URLSearchParams();
    if (find.value.trim()) query.set("find", find.value.trim());
    if (parted.checked) query.set("parted", "1");
    if (drawer.row) query.set("case", drawer.row.case);
    history.replaceState(null, "", query.size > 0 ? `?${query}` : location.pathname);
  }

  function filter(): void {
    table.filters = { find: find.value, parted: parted.checked };
    table.sync();
    tell();
  }

  for (const control of [find, parted]) {
    control.addEventListener("input", () => {
      filter();
      address();
    });
  }

  // ---- the drawer
  function open(row: Row, grab: boolean): void {
    drawer.open(row, grab);
    main.toggleAttribute("data-drawn", true);
    table.mark(row.case);
    address();
  }

  function shut(): void {
    const { row } = drawer;
    drawer.shut();
    main.toggleAttribute("data-drawn", false);
    table.mark(null);
    address();
    if (row) table.focus(row.case);
  }

  // ---- rows
  let loading = 0;

  async function reload(): Promise<void> {
    loading += 1;
    const now = loading;
    shelf.begin();
    try {
      const page = await api<LadderPage>("GET", `${LADDER}?limit=${PAGE}`);
      if (now !== loading) return;
      const left = shelf.loadTop(page);
      state.replaceChildren();
      table.sync();
      tell();
      for (const band of left) await fetchBand(band, null, () => now === loading); // from the top, as one reads
      if (now !== loading) return;
      tell();
      if (wanted) void openWanted(wanted);
      wanted = null;
    } catch (error) {
      if (now === loading) state.replaceChildren(notice(Problem.of(error).data));
    }
  }

  async function fetchBand(band: Band, after: string | null, still: () => boolean): Promise<void> {
    const cursor = after ? `&after=${encodeURIComponent(after)}` : "";
    const page = await api<LadderPage>("GET", `${LADDER}?band=${band}&limit=${PAGE}${cursor}`);
    if (!still()) return;
    shelf.load(band, page, after === null);
    table.sync();
  }

  async function more(band: Band): Promise<void> {
    const { next } = shelf.of(band);
    if (!next) return;
    const now = loading;
    try {
      await fetchBand(band, next, () => now === loading);
      tell();
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
  }

  async function openWanted(id: string): Promise<void> {
    const row = shelf.find(id);
    if (row) {
      open(row, false);
      table.focus(id);
      return;
    }
    try {
      open(await api<Row>("GET", `${LADDER}${id}/`), false);
    } catch {
      address(); // it no longer stands on the ladder
    }
  }

  function tell(): void {
    const rows = shelf.rows;
    const empty = shelf.cases === 0;
    must<HTMLElement>("[data-empty]").hidden = !empty || state.childElementCount > 0; // still loading, or why not
    must<HTMLElement>("[data-full]").hidden = empty;
    must<HTMLElement>("[data-unread]").hidden = empty || rows.some(observed);
    must<HTMLElement>("[data-unpredicted]").hidden = empty || rows.some((row) => row.predicted || row.rated);
    const all = rows.length === shelf.cases;
    const filtered = table.filters.parted || table.filters.find.trim() !== "";
    must("[data-counted]").textContent = filtered
      ? `${table.shown} of ${count(rows.length, "loaded case")}`
      : all
        ? count(shelf.cases, "case")
        : `${rows.length.toLocaleString("en-GB")} of ${count(shelf.cases, "case")} loaded`;
  }

  // ---- live
  let waiting: LiveRow[] = [];
  let unsaid: Move[] = [];
  const together = new Soon(take, () => TOGETHER_MS);
  const say = new Soon(
    () => {
      said.textContent = movedWords(unsaid);
      unsaid = [];
    },
    () => SAY_MS,
  );
  const recounting = new Soon(recount, () => COUNT_MS * (0.5 + Math.random())); // not every page at once

  function take(): void {
    const known = (id: string) => shelf.find(id) ?? (drawer.row?.case === id ? drawer.row : undefined);
    const moves = waiting.map((row) => shelf.move(withPrediction(row, known(row.case), shelf.common)));
    waiting = [];
    table.sync(moves.filter(({ shown }) => shown).map(({ row }) => row.case));
    for (const { row } of moves) drawer.update(row);
    tell();
    unsaid.push(...moves);
    say.ask();
    recounting.ask();
  }

  async function recount(): Promise<void> {
    void agree();
    const whole = shelf.rows.length === shelf.cases && shelf.cases < WHOLE;
    const now = loading;
    if (whole) shelf.begin();
    try {
      const page = await api<LadderPage>("GET", `${LADDER}?limit=${whole ? WHOLE : 1}`);
      if (now !== loading) return;
      if (whole && page.next === null) shelf.loadTop(page);
      else shelf.counted(page);
      table.sync();
      if (drawer.row) drawer.follow(shelf.find(drawer.row.case));
      tell();
    } catch {
      // The next move asks again.
    }
  }

  let begun = false;
  function begin(): void {
    begun = true;
    void reload();
  }
  const live = new Live();
  showLine(live, must("[data-line]"));
  live.follow(main.dataset.subject ?? "ladder", {
    snapshot: begin, // the rows are read after it, so that nothing falls between; after a gap they come anew
    event: (type, data) => {
      if (type === "ladder.moved") waiting.push(data.row as LiveRow);
      together.ask();
    },
    refused: () => begun || begin(),
  });
  window.setTimeout(() => begun || begin(), PATIENCE_MS);

  // ---- does the workload tell difficulty?
  async function agree(): Promise<void> {
    const box = must("[data-agreement]");
    const line = must("[data-agreement-line]");
    try {
      const data = await api<Agreement>("GET", `${LADDER}agreement/`);
      line.textContent = agreementLine(data);
      box.replaceChildren(...agreementTable(data));
    } catch (error) {
      line.textContent = Problem.of(error).words;
    }
  }
  void agree();

  // ---- keys
  const step = (by: number) => () => {
    const row = table.step(by);
    if (row && drawer.opened) open(row, false);
  };
  const group = "Ladder";
  const focused = () => {
    const id = document.activeElement?.closest<HTMLElement>("tr[data-case]")?.dataset.case;
    return id ? shelf.find(id) : undefined;
  };
  addKeys(
    { keys: ["j", "ArrowDown"], group, what: "Next case, easier", run: step(1) },
    { keys: ["k", "ArrowUp"], group, what: "Case before, harder", run: step(-1) },
    {
      keys: ["Enter"],
      group,
      what: "Why it stands there",
      run: () => {
        const row = focused() ?? table.step(0);
        if (row) open(row, true);
      },
    },
    { keys: ["Escape"], group, what: "Close the reasons", run: () => drawer.opened && shut() },
    ...BANDS.map((band) => ({ keys: [String(band)], group, what: `To band ${band}`, run: () => table.jump(band) })),
    { keys: ["/"], group, what: "Search the titles", run: () => find.focus() },
    {
      keys: ["p"],
      group,
      what: "Only where they part",
      run: () => {
        parted.checked = !parted.checked;
        filter();
        address();
      },
    },
    {
      keys: ["c"],
      group,
      what: main.dataset.compare ? "Which is harder?" : "",
      run: () => main.dataset.compare && location.assign(main.dataset.compare),
    },
  );
  must("[data-jumps]").addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-jump]") : null;
    if (button) table.jump(Number(button.dataset.jump) as Band);
  });
  filter();
}

try {
  start();
} catch (error) {
  must("[data-state]").replaceChildren(notice(Problem.of(error).data));
}

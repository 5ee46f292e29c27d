/** Reading an unknown film: recorded by the sharp disc, marked, answered, committed. Nothing else stands on this page. */
import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { keepKeysFor } from "../lib/focus";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { FilmStage } from "../parts/filmstage";
import { Toolbar } from "../parts/toolbar";
import { WindowBox } from "../parts/windowbox";
import { Aperture, type Choice, keep, recall, SIZES } from "../practice/aperture";
import { ChoicesForm } from "../practice/choices";
import { Cover } from "../practice/cover";
import { Draft } from "../practice/draft";
import { insist } from "../practice/insist";
import { markLayer } from "../practice/marklayer";
import { Marks } from "../practice/marks";
import { MarksPanel } from "../practice/markspanel";
import { follow } from "../practice/pointing";
import { type Actions, answering, disc, dragging, film, levels, type Mode, marking } from "../practice/readingtools";
import type { Fractions } from "../practice/recorder";
import { Session } from "../practice/session";
import { Steering } from "../practice/steering";
import type { Answer, AttemptData, Confidence } from "../practice/types";
import { recordingWords, sayEnded, sayPause, sayStart, sayWaiting } from "../practice/words";
import type { Point } from "../viewer/geometry";

const NEAR_PX = 14; // of a mark
const GO = "#go"; // in the address: begin at once, the person has just said so

function start(): void {
  const main = must<HTMLElement>("[data-attempt]");
  const id = main.dataset.attempt ?? "";
  const url = `/api/v1/practice/attempts/${id}/`;
  const stage = new FilmStage(must("[data-stage]"), { label: "Film. Arrow keys move the sharp disc, A marks." });
  const { viewer } = stage;
  const cover = new Cover(main);
  const marks = new Marks();
  const aperture = new Aperture(viewer, recall());
  const mode: Mode = { looks: true, marks: false };
  const box = new WindowBox(must("[data-window]"), viewer);
  const answers = [...main.querySelectorAll<HTMLInputElement>("input[name=answer]")];
  const ask = must<HTMLElement>("[data-ask]");
  let session: Session | null = null;
  let writer: string | null = null;
  let committing = false;

  const answer = () => (answers.find(({ checked }) => checked)?.value ?? "") as Answer;
  const draft = new Draft(id, () => ({ marks: marks.data, answer: answer() }), refused);
  const forms = [1, 2].map(() => new ChoicesForm(aperture.choice, choose)) as [ChoicesForm, ChoicesForm];
  const panel = new MarksPanel(must("[data-marks-panel]"), marks, must("[data-marks-count]"), () => {
    const { view } = viewer;
    return (view.rows * view.aspect) / view.columns;
  });
  must("[data-aperture]").append(forms[0].element);

  function show(): void {
    const { spot } = aperture;
    if (JSON.stringify(spot) === JSON.stringify(stage.aperture)) return;
    stage.aperture = spot;
    viewer.setSpot(spot);
  }

  function choose(choice: Choice): void {
    aperture.choice = choice;
    keep(choice);
    for (const form of forms) form.set(choice);
    if (aperture.on) viewer.setBlur(choice.blur === "weak" ? 0.009 : 0.018);
    show();
    session?.look();
  }

  function setAnswer(value: Answer): void {
    for (const input of answers) input.checked = input.value === value;
    answered();
  }

  function answered(): void {
    ask.hidden = true;
    draft.touch();
  }

  function tell(): void {
    const { state, words } = recordingWords(session, draft.saved);
    const line = must<HTMLElement>("[data-recording]");
    line.dataset.recording = state;
    if (line.lastElementChild?.textContent !== words) must("[data-recording-words]", line).textContent = words;
    if (session?.sender.ended && !cover.shown) ended();
    else if (session?.paused && !cover.shown) sayPause(cover, goOn);
  }

  function goOn(): void {
    cover.hide();
    session?.goOn();
    stage.host.focus();
  }

  function ended(): void {
    const end = session?.sender.ended;
    if (!end) return;
    session?.end();
    draft.end();
    sayEnded(cover, end, () => {
      location.hash = GO;
      location.reload();
    });
  }

  function refused(problem: Problem): void {
    const why = problem.data.type?.includes("taken-over")
      ? "taken-over"
      : problem.status === 409
        ? "closed"
        : "refused";
    if (!session || committing || session.sender.ended) return;
    session.sender.ended = { why: problem.status === 401 ? "signed-out" : why, problem: problem.data };
    ended();
  }

  /** This tab records from now on, with the newest marks there are. */
  async function begin(): Promise<void> {
    try {
      const data = await api<AttemptData>("POST", `${url}take/`, {});
      if (data.state !== "open" || !data.recording) return location.reload();
      restore(data);
      writer = data.recording.writer;
      session = new Session(stage, aperture, data.recording, tell);
      draft.begin(writer);
      cover.hide();
      stage.host.focus();
      session.begin();
    } catch (error) {
      const { words } = Problem.of(error);
      if (cover.shown) cover.problem(words);
      else toast(words, "bad");
    }
  }

  function restore(data: AttemptData): void {
    const { marks: stored, answer: given } = draft.kept ?? data;
    marks.restore(stored);
    for (const input of answers) input.checked = input.value === given;
    if (draft.kept) draft.touch();
  }

  async function commit(): Promise<void> {
    if (!session || committing || cover.shown) return;
    if (marks.list.length === 0 && !answer()) {
      ask.hidden = false;
      must<HTMLElement>("button", ask).focus();
      return;
    }
    committing = true;
    const say = sayWaiting(cover);
    const slow = setTimeout(
      () => say("No connection. It is stored as soon as there is one; leave this page open."),
      4_000,
    );
    await session.finish();
    clearTimeout(slow);
    try {
      if (session.sender.ended) throw new Problem(session.sender.ended.problem);
      const body = { writer, marks: marks.data, answer: answer(), parts: session.sender.count };
      const done = await insist(
        () => api<AttemptData>("POST", `${url}commit/`, body),
        ({ words }) => say(`${words} It is tried again.`),
      );
      session.end();
      draft.end();
      location.replace(done.feedback ?? `${location.pathname}feedback/`);
    } catch (error) {
      committing = false;
      cover.hide();
      if (session.sender.ended) return ended();
      session.unfinish();
      toast(Problem.of(error).words, "bad");
    }
  }

  async function skip(): Promise<void> {
    try {
      await api("POST", `${url}skip/`, {});
      session?.end();
      draft.end();
      location.replace("/practice/next/");
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
  }

  const active = () => session?.recording && !cover.shown;
  const mark = () => {
    const { place } = aperture;
    if (!active()) return;
    if (place) marks.add(place.x, place.y, Math.round((session?.clock.at() ?? 0) * 1e3) / 1e3);
    else toast("Point at a place on the film first.");
  };
  const nearest = (at: Point) => {
    const { view } = viewer;
    const far = ({ x, y }: Fractions) => {
      const there = viewer.filmToScreen({ x: x * view.columns, y: y * view.rows });
      return Math.hypot(there.x - at.x, there.y - at.y);
    };
    const [first] = marks.list.filter((each) => far(each) < NEAR_PX).sort((a, b) => far(a) - far(b));
    return first?.key ?? null;
  };
  const actions: Actions = {
    mark,
    describe: () => panel.writeLabel(),
    remove: () => marks.selected !== null && marks.remove(marks.selected),
    undo: () => marks.undo(),
    redo: () => marks.redo(),
    confidence: (value) => marks.selected !== null && marks.change(marks.selected, { confidence: value as Confidence }),
    normal: () => setAnswer("normal"),
    abnormal: () => setAnswer("abnormal"),
    commit: () => void commit(),
    nextSize: () => {
      const sizes = Object.keys(SIZES) as Choice["size"][];
      const next = sizes[(sizes.indexOf(aperture.choice.size) + 1) % sizes.length] as Choice["size"];
      choose({ ...aperture.choice, size: next });
    },
    toCenter: () => moved(() => aperture.toCenter()),
  };
  const moved = (how: () => void) => {
    how();
    session?.recorder.point(aperture.on ? aperture.place : null);
    show();
  };
  const steering = new Steering((dx, dy) => moved(() => aperture.step(dx, dy)));
  const refresh = () => stage.refresh();
  const toolbar = new Toolbar(
    must("[data-tools]"),
    dragging(stage, mode, refresh),
    marking(stage, mode, actions, refresh),
    film(stage),
    levels(stage, box),
    disc(steering, actions),
    answering(actions),
  );

  stage.layers.push(markLayer(() => marks.list.map((each) => ({ ...each, selected: each.key === marks.selected }))));
  stage.onChange(() => toolbar.refresh());
  stage.gestures.onTap = (at) => (mode.marks ? mark() : marks.select(nearest(at)));
  follow(
    stage.host,
    viewer,
    aperture,
    {
      looks: () => mode.looks && aperture.on,
      told: (place, moment) => session?.recorder.point(aperture.on ? place : null, moment),
      moved: show,
      lifted: (still) => mode.marks && still && mark(),
    },
    new AbortController().signal,
  );
  viewer.onRender(show); // the film may have been moved under the pointer
  marks.onChange(() => {
    stage.refresh();
    if (session) draft.touch();
  });
  for (const input of answers) input.addEventListener("change", answered);
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const typing = event.target instanceof HTMLInputElement && event.target.type === "text";
    if (!(event.ctrlKey || event.metaKey) || event.altKey || typing || !active()) return;
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) marks.redo();
    else marks.undo();
  });
  window.addEventListener("pagehide", () => draft.flush());
  must("[data-commit]").addEventListener("click", () => void commit());
  must("[data-mark-here]").addEventListener("click", () => {
    if (aperture.place) return mark();
    mode.marks = true;
    stage.refresh();
    toast("Now click on the film.");
  });
  const sure = must<HTMLElement>("[data-sure]");
  must("[data-skip]").addEventListener("click", () => {
    sure.hidden = !sure.hidden;
  });
  must("[data-skip-sure]").addEventListener("click", () => void skip());
  for (const button of ask.querySelectorAll<HTMLElement>("[data-say]")) {
    button.addEventListener("click", () => {
      setAnswer(button.dataset.say as Answer);
      void commit();
    });
  }
  keepKeysFor(main, "dialog, [data-marks-panel]");
  window.setInterval(tell, 250);

  async function open(): Promise<void> {
    try {
      const data = await api<AttemptData>("GET", url);
      if (data.state === "committed") return location.replace(data.feedback ?? `${location.pathname}feedback/`);
      if (data.state === "skipped") return location.replace("/practice/");
      must<HTMLElement>("[data-simulated]").hidden = !data.simulated;
      panel.labels(data.labels);
      restore(data);
      choose(aperture.choice);
      const resumed = Boolean(data.recording && data.recording.next_seq > 0) || data.marks.length > 0;
      const at_once = location.hash === GO;
      if (at_once) history.replaceState(null, "", location.pathname);
      else sayStart(cover, resumed, forms[1], () => void begin());
      if (!(await stage.open(data.film))) return cover.hide(); // the stage says why
      box.film(data.film);
      show();
      if (at_once) await begin();
    } catch (error) {
      cover.hide();
      stage.say(notice(Problem.of(error).data, "bad", el("a", { class: "button", href: "/practice/" }, "Practice")));
    }
  }
  Object.assign(window, { attempt: { stage, viewer, marks, aperture, session: () => session } }); // for the tests
  void open();
}

try {
  start();
} catch (error) {
  must("[data-stage]").replaceChildren(notice(Problem.of(error).data));
}

/** Reading an unknown film: recorded by the sharp disc, marked, answered, committed. Nothing else stands on this page. */
import { el, must } from "../lib/dom";
import { keepKeysFor } from "../lib/focus";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { FilmViewport } from "../parts/filmviewport";
import { Toolbar } from "../parts/toolbar";
import { WindowBox } from "../parts/windowbox";
import { AnswerBox } from "../practice/answerbox";
import { Aperture, BLURS, type Choice, keep, recall, SIZES } from "../practice/aperture";
import { ChoicesForm } from "../practice/choices";
import { Cover } from "../practice/cover";
import { markLayer, nearest } from "../practice/marklayer";
import { Marks } from "../practice/marks";
import { MarksPanel } from "../practice/markspanel";
import { follow } from "../practice/pointing";
import { GO, Reading } from "../practice/reading";
import { type Actions, answering, disc, dragging, film, levels, type Mode, marking } from "../practice/readingtools";
import { Steering } from "../practice/steering";
import type { Confidence } from "../practice/types";
import { sayStart } from "../practice/words";

const AGAIN_S = 0.4; // sooner nobody means another mark

function start(): void {
  const main = must<HTMLElement>("[data-attempt]");
  const viewport = new FilmViewport(must("[data-viewport]"), {
    label: "Film. Arrow keys move the sharp disc, A marks.",
  });
  const { viewer } = viewport;
  const cover = new Cover(main);
  const marks = new Marks();
  const aperture = new Aperture(viewer, recall());
  const mode: Mode = { looks: true, marks: false };
  const box = new WindowBox(must("[data-window]"), viewer);
  const line = must<HTMLElement>("[data-recording]");
  const answer = new AnswerBox(must("[data-answer]"), {
    changed: () => reading.touch(),
    commit: () => void reading.commit(),
    skip: () => void reading.leave("skip"),
    hide: () => void reading.leave("hide"),
    clear: () => {
      for (const { key } of marks.list) marks.remove(key);
    },
  });
  const reading: Reading = new Reading(main.dataset.attempt ?? "", viewport, aperture, marks, answer, cover, tell);
  const forms = [1, 2].map(() => new ChoicesForm(aperture.choice, choose)) as [ChoicesForm, ChoicesForm];
  must("[data-aperture]").append(forms[0].element);
  const panel = new MarksPanel(must("[data-marks-panel]"), marks, must("[data-marks-count]"), () => {
    const { view } = viewer;
    return (view.rows * view.aspect) / view.columns;
  });

  function tell(state: string, words: string): void {
    const bad = { waiting: "Not saved: the connection is down.", ended: "The recording has stopped." }[state] ?? "";
    const said = must("[data-recording-said]", line);
    if (said.textContent !== bad) said.textContent = bad;
    line.dataset.recording = state;
    const place = must("[data-recording-words]", line);
    if (place.textContent !== words) place.textContent = words;
  }

  function show(): void {
    const { spot } = aperture;
    if (JSON.stringify(spot) === JSON.stringify(viewport.aperture)) return;
    viewport.aperture = spot;
    viewer.setSpot(spot);
  }

  function choose(choice: Choice): void {
    aperture.choice = choice;
    keep(choice);
    for (const form of forms) form.set(choice);
    if (aperture.on) viewer.setBlur(BLURS[choice.blur]);
    show();
    reading.look();
  }

  let marked = Number.NEGATIVE_INFINITY; // s
  function mark(): void {
    const { place } = aperture;
    if (!reading.active) return;
    if (!place) {
      toast("Point at a place on the film first.");
      return;
    }
    const at = Math.round((reading.session?.clock.at() ?? 0) * 1e3) / 1e3;
    if (at - marked < AGAIN_S) return; // a key that is held, a double click
    marked = at;
    marks.add(place.x, place.y, at);
    if (answer.value === "normal") answer.set("abnormal");
  }

  function moved(how: () => void): void {
    how();
    reading.session?.recorder.point(aperture.on ? aperture.place : null);
    show();
  }

  const actions: Actions = {
    mark,
    describe: () => panel.writeLabel(),
    remove: () => marks.selected !== null && marks.remove(marks.selected),
    undo: () => reading.active && marks.undo(),
    redo: () => reading.active && marks.redo(),
    confidence: (value) => marks.selected !== null && marks.change(marks.selected, { confidence: value as Confidence }),
    normal: () => answer.set("normal"),
    abnormal: () => answer.set("abnormal"),
    commit: () => void reading.commit(),
    skip: () => answer.askSkip(),
    nextSize: () => {
      const sizes = Object.keys(SIZES) as Choice["size"][];
      const next = sizes[(sizes.indexOf(aperture.choice.size) + 1) % sizes.length] as Choice["size"];
      choose({ ...aperture.choice, size: next });
    },
    toCenter: () => moved(() => aperture.toCenter()),
  };
  const steering = new Steering((dx, dy) => moved(() => aperture.step(dx, dy)));
  const refresh = () => {
    must("[data-mark-here]").setAttribute("aria-pressed", String(mode.marks));
    viewport.refresh();
  };
  const toolbar = new Toolbar(
    must("[data-tools]"),
    dragging(viewport, mode, refresh),
    marking(viewport, mode, actions, refresh),
    film(viewport),
    levels(viewport, box),
    disc(steering, actions),
    answering(actions),
  );

  viewport.layers.push(markLayer(() => marks.list.map((each) => ({ ...each, selected: each.key === marks.selected }))));
  viewport.onChange(() => toolbar.refresh());
  viewport.gestures.onTap = (at) => (mode.marks ? mark() : marks.select(nearest(marks.list, viewer, at)?.key ?? null));
  follow(viewport.host, viewer, aperture, {
    looks: () => mode.looks && aperture.on,
    told: (place, moment) => reading.session?.recorder.point(aperture.on ? place : null, moment),
    moved: show,
    lifted: (still) => mode.marks && still && mark(),
  });
  viewer.onRender(show); // the film may have been moved under the pointer
  marks.onChange(() => {
    viewport.refresh();
    answer.hide();
    reading.touch();
  });
  // While somebody writes a label, a resting disc is no looking.
  main.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLInputElement && target.type === "text") reading.session?.recorder.point(null);
  });
  main.addEventListener("focusout", ({ target }) => {
    if (target instanceof HTMLInputElement && target.type === "text" && aperture.on)
      reading.session?.recorder.point(aperture.place);
  });
  must("[data-mark-here]").addEventListener("click", () => {
    if (aperture.place && !mode.marks) return mark();
    mode.marks = !mode.marks;
    refresh();
    if (mode.marks) toast("Now tap or click on the film, as often as you like.");
  });
  keepKeysFor(main, "dialog, .mark-number");
  const menu = must<HTMLDetailsElement>("details.menu");
  document.addEventListener("pointerdown", ({ target }) => {
    if (!menu.contains(target as Node)) menu.open = false;
  });

  async function open(): Promise<void> {
    try {
      const data = await reading.load();
      if (data.state === "committed") return location.replace(data.feedback ?? `${location.pathname}feedback/`);
      if (data.state === "skipped") return location.replace("/practice/");
      if (!data.film) throw new Problem({ title: "This film is gone.", detail: "It was deleted or hidden. Skip it." });
      must<HTMLElement>("[data-simulated]").hidden = !data.simulated;
      panel.labels(data.labels);
      choose(aperture.choice);
      const atOnce = location.hash === GO;
      if (atOnce) history.replaceState(null, "", location.pathname);
      else {
        const begun = Boolean(data.recording && data.recording.next_seq > 0) || marks.list.length > 0;
        sayStart(cover, begun, forms[1], () => void reading.begin());
      }
      if (!(await viewport.open(data.film))) return cover.hide(); // the viewport says why
      box.film(data.film);
      show();
      if (atOnce) await reading.begin();
    } catch (error) {
      cover.hide();
      viewport.say(notice(Problem.of(error).data, "bad", el("a", { class: "button", href: "/practice/" }, "Practice")));
    }
  }
  Object.assign(window, { attempt: { viewport, viewer, marks, aperture, reading } }); // for the tests and the curious
  void open();
}

try {
  start();
} catch (error) {
  must("[data-viewport]").replaceChildren(notice(Problem.of(error).data));
}

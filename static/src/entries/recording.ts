/** One recording replayed over its film, beside the predicted reading where there is one. */
import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { modelLink } from "../lib/modellink";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import type { CaseData, Fixation, PredictionData } from "../lib/types";
import { ask } from "../parts/ask";
import { FilmViewport } from "../parts/filmviewport";
import { FixationTable } from "../parts/fixationtable";
import { ReplayBar } from "../parts/replaybar";
import { Toolbar } from "../parts/toolbar";
import { dragTools, filmTools, overlayTools, replayTools, windowTools } from "../parts/tools";
import { STYLES, type Style, type Track } from "../parts/track";
import { WindowBox } from "../parts/windowbox";
import type { FixationSetData, RecordingData } from "../recordings/types";
import { CLOSED } from "../room/outcome";

const main = must<HTMLElement>("main");
const url = `/api/v1/recordings/${main.dataset.recording}/`;
const sets = must<HTMLSelectElement>("[data-sets]");
const compare = must<HTMLElement>("[data-compare]");
const NAMES: Record<string, string> = { "I-DT": "this room (I-DT)", tracker: "the tracker itself" };

function start(): void {
  const viewport = new FilmViewport(must("[data-viewport]"), {
    label: "Film. The table of fixations says where the reader looked.",
  });
  const { replay } = viewport;
  const bar = new ReplayBar(must("[data-replay]"), replay);
  new FixationTable(must("[data-fixation-table]"), replay);
  const box = new WindowBox(must("[data-window]"), viewport.viewer);
  const toolbar = new Toolbar(
    must("[data-tools]"),
    dragTools(viewport),
    filmTools(viewport),
    overlayTools(viewport),
    windowTools(viewport, box),
    replayTools(viewport, bar),
  );
  viewport.onChange(() => toolbar.refresh());
  let found: FixationSetData[] = [];
  let predicted: Fixation[] = [];
  let beside = false;

  function show(): void {
    const own = found[sets.selectedIndex] ?? found[0];
    const tracks: Track[] = [];
    if (own) {
      const fixations = own.fixations.map((fixation) => ({ ...fixation, ellipse: null }));
      tracks.push({ id: "own", source: "human", label: "This recording", style: STYLES[0] as Style, fixations });
    }
    if (beside) {
      const style = STYLES[1] as Style;
      tracks.push({ id: "predicted", source: "model", label: "Predicted reading", style, fixations: predicted });
    }
    viewport.show(tracks);
  }

  async function fetchPrediction(data: CaseData): Promise<void> {
    if (data.rated) {
      compare.textContent = CLOSED;
      return;
    }
    if (!data.prediction) {
      compare.textContent = "No reading is predicted for this case.";
      return;
    }
    const prediction = await api<PredictionData>("GET", `/api/v1/predictions/${data.prediction}/`);
    predicted = prediction.reading?.samples[0]?.fixations ?? [];
    if (predicted.length === 0) {
      compare.textContent = "The predicted reading is not there yet.";
      return;
    }
    const choice = el("input", { type: "checkbox", "data-beside": true });
    choice.addEventListener("change", () => {
      beside = choice.checked;
      show();
      replay.toEnd();
    });
    const words = prediction.model.simulated ? " The model learnt from simulated readings." : "";
    compare.replaceChildren(
      el("label", { class: "check" }, choice, "Show it on the same clock"),
      el("p", {}, "Model ", modelLink(prediction.model), `.${words}`),
    );
  }

  async function fetchFilm(): Promise<void> {
    if (!main.dataset.case) {
      viewport.say(notice({ title: "The film is not open to you now.", detail: "The table has the fixations." }, ""));
      compare.textContent = "It is shown with the film.";
      return;
    }
    const data = await api<CaseData>("GET", `/api/v1/cases/${main.dataset.case}/`);
    if (data.film && (await viewport.open(data.film))) box.film(data.film);
    await fetchPrediction(data);
  }

  async function fetchRecording(): Promise<void> {
    const data = await api<RecordingData>("GET", url);
    found = data.fixation_sets;
    sets.replaceChildren(
      ...found.map(({ method, fixations }) => el("option", {}, `${NAMES[method] ?? method}, ${fixations.length}`)),
    );
    must<HTMLElement>("[data-sets-box]").hidden = found.length < 2;
    show();
    replay.toEnd();
    if (data.state === "open") viewport.say(notice({ title: "This reading is not complete yet." }, ""));
  }

  sets.addEventListener("change", () => {
    show();
    replay.toEnd();
  });
  must("[data-delete]").addEventListener("click", async () => {
    const body = [el("p", {}, "Its samples and fixations are gone for good.")];
    if (!(await ask({ title: "Delete this recording?", body, yes: "Delete it", no: "Keep it" }))) return;
    try {
      await api("DELETE", url);
      location.assign("/recordings/");
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
  });
  Object.assign(window, { recording: { viewport, replay } }); // for the browser tests and for the curious
  void Promise.all([fetchRecording(), fetchFilm()]).catch((error) => viewport.say(notice(Problem.of(error).data)));
}

try {
  start();
} catch (error) {
  must("[data-viewport]").replaceChildren(notice(Problem.of(error).data));
}

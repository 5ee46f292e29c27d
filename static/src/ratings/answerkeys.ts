/** The keys that answer: digits in order, Backspace back, Enter on, and the note. */
import { addKeys } from "../lib/keys";

export interface Answering {
  digit(value: number): void;
  back(): void;
  enter(): void;
  toLast(): void;
}

const LEVELS = ["0", "1", "2", "3", "4", "5"];
const NO_LEVEL = ["6", "7", "8", "9"]; // taken as well, so that they are answered with what is asked

export function answerKeys(to: Answering, note: HTMLTextAreaElement): void {
  const group = "Answers";
  const digit = ({ key, repeat }: KeyboardEvent) => repeat || to.digit(Number(key));
  addKeys(
    { keys: LEVELS, group, what: "Answer the question at hand; then on to the next", run: digit },
    { keys: NO_LEVEL, group, what: "", run: digit },
    { keys: ["Backspace"], group, what: "Back a question", run: () => to.back() },
    { keys: ["n"], group, what: "Write a note (Escape leaves it)", run: () => note.focus() },
    { keys: ["Enter"], group, what: "Submit; in a note: Ctrl Enter", run: ({ repeat }) => repeat || to.enter() },
    { keys: ["b"], group, what: "Back to the last one", run: () => to.toLast() },
  );
  note.addEventListener("keydown", (event) => {
    if (event.key === "Escape") note.blur();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    note.blur();
    to.enter();
  });
}

/** One table drives both the key handlers and the help: a key that works is a key that is listed. */
import { el, must } from "./dom";

export interface Key {
  /**
   * As in KeyboardEvent.key, with "Shift+" before it where it matters, and "Ctrl+" before that (⌘ on a Mac); several do
   * the same thing.
   */
  keys: string[];
  group: string;
  /** A function where the words depend on what is open; without words there is nothing to do, and nothing is listed. */
  what: string | (() => string);
  run: (event: KeyboardEvent) => void;
  /** Called when the key is let go: for what is held. */
  release?: () => void;
}

let table: Key[] = [];
const held = new Map<string, () => void>();
const NAMES: Record<string, string> = {
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
};
const SHIFT_MATTERS = /^(Arrow|Home|End|Enter| |.$)/;

/** Gives the function that takes these keys away again. */
export function addKeys(...keys: Key[]): () => void {
  table.push(...keys);
  return () => {
    table = table.filter((key) => !keys.includes(key));
  };
}

const wordsOf = ({ what }: Key): string => (typeof what === "function" ? what() : what);

function nameOf(event: KeyboardEvent): string {
  const shifted =
    event.shiftKey && SHIFT_MATTERS.test(event.key) && (event.key.length > 1 || /[a-z ]/i.test(event.key));
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const name = shifted ? `Shift+${key}` : key;
  return event.ctrlKey || event.metaKey ? `Ctrl+${name}` : name;
}

/** Shift and a digit by its place on the keyboard, since what it writes differs from country to country. */
function digitOf(event: KeyboardEvent): string {
  const digit = /^Digit(\d)$/.exec(event.code ?? "")?.[1];
  return digit && event.shiftKey ? `Shift+${digit}` : "";
}

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "range", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/** Whether the focused control uses this key itself (a button its space bar, a slider and a choice of several their arrows). */
function controls(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("button, a, summary")) return key === " " || key === "Enter";
  if (target instanceof HTMLInputElement && target.type === "range") return /^(Arrow|Home|End|Page)/.test(key);
  if (target instanceof HTMLInputElement && target.type === "radio" && key.startsWith("Arrow")) return true;
  return target instanceof HTMLInputElement && key === " ";
}

function letGo(name: string): void {
  held.get(name)?.();
  held.delete(name);
}

export function listen(): void {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.isComposing) return;
    const dialog = document.querySelector("dialog[open]");
    if (typing(event.target) || (dialog && !(event.key === "?" && dialog.matches("[data-cover]")))) return;
    const name = nameOf(event);
    if (!name.startsWith("Ctrl+") && controls(event.target, event.key)) return;
    const named = (wanted: string) => table.find(({ keys }) => keys.includes(wanted));
    const found = named(name) ?? named(digitOf(event));
    if (!found) return;
    event.preventDefault();
    if (found.release) {
      if (held.has(event.key.toLowerCase())) return;
      held.set(event.key.toLowerCase(), found.release);
    }
    found.run(event);
  });
  document.addEventListener("keyup", (event) => letGo(event.key.toLowerCase()));
  window.addEventListener("blur", () => {
    for (const name of [...held.keys()]) letGo(name);
  });
}

export function openHelp(): void {
  const dialog = must<HTMLDialogElement>("[data-help-dialog]");
  const groups = new Map<string, Key[]>();
  for (const key of table) if (wordsOf(key)) groups.set(key.group, [...(groups.get(key.group) ?? []), key]);
  must("[data-keys]").replaceChildren(
    ...[...groups].map(([group, keys]) =>
      el(
        "section",
        {},
        el("h3", {}, group),
        el(
          "dl",
          {},
          ...keys.flatMap((key) => [
            el("dt", {}, wordsOf(key)),
            el("dd", {}, ...key.keys.map((name) => el("kbd", {}, pretty(name)))),
          ]),
        ),
      ),
    ),
  );
  dialog.showModal();
}

function pretty(name: string): string {
  return name
    .split("+")
    .map((part, index, parts) => (part === "" && index === parts.length - 1 ? "+" : part))
    .filter((part, index, parts) => !(part === "" || (part === "+" && parts[index - 1] === "+")))
    .map((part) => NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(" ");
}

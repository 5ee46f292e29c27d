import { beforeEach, expect, test, vi } from "vitest";
import { addKeys, type Key, listen } from "./keys";

// The few things that the table asks of a page's elements.
class Control {
  isContentEditable = false;
  constructor(readonly tag: string) {}
  matches(selector: string): boolean {
    return selector.split(", ").includes(this.tag);
  }
}
class Field extends Control {
  constructor(readonly type: string) {
    super("input");
  }
}
class Area extends Control {}
class Choice extends Control {}

vi.stubGlobal("HTMLElement", Control);
vi.stubGlobal("HTMLInputElement", Field);
vi.stubGlobal("HTMLTextAreaElement", Area);
vi.stubGlobal("HTMLSelectElement", Choice);

const told: Record<string, (event: unknown) => void> = {};
let dialog: object | null = null;
const listens = { addEventListener: (type: string, handler: (event: unknown) => void) => (told[type] = handler) };
vi.stubGlobal("document", { ...listens, querySelector: () => dialog });
vi.stubGlobal("window", listens);

const ran: string[] = [];
const key = (name: string, more: Partial<Key> = {}): Key => ({
  keys: [name],
  group: "",
  what: "",
  run: () => ran.push(name),
  ...more,
});
addKeys(...["i", "Shift+i", " ", "ArrowLeft", "Shift+ArrowLeft", "Escape", "?", "1", "Enter"].map((name) => key(name)));
addKeys(key("h", { release: () => ran.push("h let go") }));
listen();

const body = new Control("body");

/** Press a key; says whether the page took it from the browser. */
function press(name: string, target: Control = body, more: object = {}): boolean {
  const preventDefault = vi.fn();
  told.keydown?.({ key: name, target, preventDefault, ...more });
  return preventDefault.mock.calls.length > 0;
}

beforeEach(() => {
  told.blur?.({});
  ran.length = 0;
  dialog = null;
});

test.each<[string, Control]>([
  ["a text area", new Area("textarea")],
  ["a list of choices", new Choice("select")],
  ["editable text", Object.assign(new Control("div"), { isContentEditable: true })],
  ...["text", "search", "email", "password", "number", "date"].map((type): [string, Control] => [
    type,
    new Field(type),
  ]),
])("no key of the page fires while something is typed: %s", (_, target) => {
  for (const name of ["i", "?", "1", " ", "h", "ArrowLeft", "Escape", "Enter"]) expect(press(name, target)).toBe(false);
  expect(press("I", target, { shiftKey: true })).toBe(false);
  expect(ran).toEqual([]);
});

test("on the page and on boxes to tick, keys work", () => {
  expect(press("i")).toBe(true);
  press("i", new Field("checkbox"));
  press("i", new Control("button"));
  expect(ran).toEqual(["i", "i", "i"]);
});

test("a focused control keeps the keys that it uses itself", () => {
  press(" ", new Control("button"));
  press("Enter", new Control("a"));
  press(" ", new Control("summary"));
  press(" ", new Field("checkbox"));
  press("ArrowLeft", new Field("range"));
  press("ArrowLeft", new Field("radio"));
  expect(ran).toEqual([]);
  press("ArrowLeft", new Control("button"));
  expect(ran).toEqual(["ArrowLeft"]);
});

test("with Ctrl, Alt or Meta, and while a word is composed, a key is the browser's", () => {
  for (const with_ of ["ctrlKey", "altKey", "metaKey", "isComposing"])
    expect(press("i", body, { [with_]: true })).toBe(false);
  expect(ran).toEqual([]);
});

test("what is listed with Ctrl is taken from the browser, with Command too", () => {
  const forget = addKeys(key("Ctrl+z"), key("Ctrl+Shift+z"));
  expect(press("z", body, { ctrlKey: true })).toBe(true);
  expect(press("z", body, { metaKey: true })).toBe(true);
  expect(press("Z", body, { ctrlKey: true, shiftKey: true })).toBe(true);
  expect(press("z", new Field("text"), { ctrlKey: true })).toBe(false);
  expect(press("z")).toBe(false);
  expect(ran).toEqual(["Ctrl+z", "Ctrl+z", "Ctrl+Shift+z"]);
  forget();
});

test("an open dialog has all keys for itself", () => {
  dialog = {};
  expect(press("Escape")).toBe(false);
  expect(ran).toEqual([]);
});

test("Shift makes another key of a letter, a space or an arrow; caps lock does not, nor a sign that needs it", () => {
  press("I", body, { shiftKey: true });
  press("I");
  press("ArrowLeft", body, { shiftKey: true });
  press("?", body, { shiftKey: true });
  expect(ran).toEqual(["Shift+i", "i", "Shift+ArrowLeft", "?"]);
});

test("Shift and Enter are another key than Enter", () => {
  press("Enter", body, { shiftKey: true });
  expect(ran).toEqual([]);
  press("Enter");
  expect(ran).toEqual(["Enter"]);
});

test("Shift and a digit are meant by the digit's place, whatever the keyboard writes there", () => {
  const forget = addKeys(key("Shift+2"));
  press('"', body, { shiftKey: true, code: "Digit2" });
  press("@", body, { shiftKey: true, code: "Digit2" });
  press("é", body, { code: "Digit2" });
  expect(ran).toEqual(["Shift+2", "Shift+2"]);
  forget();
});

test("a key that nobody uses stays the browser's", () => {
  expect(press("F5")).toBe(false);
});

test("what is held runs once however often the keyboard repeats it, and ends when it is let go", () => {
  press("h");
  press("h");
  expect(ran).toEqual(["h"]);
  told.keyup?.({ key: "H" });
  expect(ran).toEqual(["h", "h let go"]);
  told.keyup?.({ key: "h" });
  expect(ran).toHaveLength(2);
});

test("what is held ends when the window loses the keyboard", () => {
  press("h");
  told.blur?.({});
  expect(ran).toEqual(["h", "h let go"]);
});

import { beforeEach, describe, expect, it } from "vitest";
import { Form, same } from "./form";
import { anchorOf } from "./formpanel";
import type { Name, Question } from "./types";

const question = (name: Name, values: number[]): Question => ({
  name,
  title: name,
  levels: values.map((value) => ({ value, words: `anchor ${value}` })),
});
const FIVE = [1, 2, 3, 4, 5];
const QUESTIONS = [
  question("human_like", [0, 1]),
  question("comprehensive", FIVE),
  question("redundant", FIVE),
  question("confidence", FIVE),
];

let form: Form;
const press = (keys: string) => [...keys].map((key) => (key === "<" ? form.back() : form.digit(Number(key))));

beforeEach(() => {
  form = new Form();
  form.begin(QUESTIONS, null);
});

describe("answers by digits", () => {
  it("go to the questions in their order", () => {
    press("1425");
    expect(form.data).toEqual({ human_like: 1, comprehensive: 4, redundant: 2, confidence: 5, note: "" });
    expect(form.complete).toBe(true);
    expect(form.now).toBe(null);
  });

  it("take 0 for machine", () => {
    press("0");
    expect(form.value("human_like")).toBe(0);
    expect(form.missing.map(({ name }) => name)).toEqual(["comprehensive", "redundant", "confidence"]);
  });

  it("do nothing when the question has no such level, and it is still asked", () => {
    expect(press("3")).toEqual(["no-level"]);
    expect(form.now?.name).toBe("human_like");
    expect(press("10")).toEqual(["answered", "no-level"]);
    expect(form.now?.name).toBe("comprehensive");
  });

  it("do nothing after the last question, so that a fifth digit changes no answer", () => {
    press("1425");
    expect(press("1")).toEqual(["all-answered"]);
    expect(form.data).toMatchObject({ human_like: 1, confidence: 5 });
  });

  it("can be mended: Backspace goes back a question, which keeps its answer until the next digit", () => {
    press("14<");
    expect(form.now?.name).toBe("comprehensive");
    expect(form.value("comprehensive")).toBe(4);
    press("3");
    expect(form.value("comprehensive")).toBe(3);
    expect(form.now?.name).toBe("redundant");
  });

  it("go back no further than the first question", () => {
    press("1<<<<0");
    expect(form.value("human_like")).toBe(0);
  });
});

describe("answers by hand", () => {
  it("go on with the first open question after the one that was answered", () => {
    form.choose("comprehensive", 4);
    expect(form.now?.name).toBe("redundant");
  });

  it("come back to a question that was left out", () => {
    form.choose("comprehensive", 4);
    press("25");
    expect(form.complete).toBe(false);
    form.toOpen();
    expect(form.now?.name).toBe("human_like");
    form.choose("confidence", 3);
    expect(form.now?.name).toBe("human_like");
  });
});

describe("an item that was begun elsewhere", () => {
  it("goes on with the first question that has no answer", () => {
    form.begin(QUESTIONS, { human_like: 0, comprehensive: null, redundant: 2, note: "odd start" });
    expect(form.now?.name).toBe("comprehensive");
    expect(form.note).toBe("odd start");
    expect(form.value("human_like")).toBe(0);
  });

  it("does not keep the answers of the item before", () => {
    press("1425");
    form.note = "x";
    form.begin(QUESTIONS, null);
    expect(form.data).toEqual({ human_like: null, comprehensive: null, redundant: null, confidence: null, note: "" });
  });
});

describe("a correction", () => {
  it("is one as soon as an answer or the note differs", () => {
    press("1425");
    const before = form.data;
    expect(same(before, form.data)).toBe(true);
    form.note = "after all";
    expect(same(before, form.data)).toBe(false);
    form.note = "";
    form.choose("redundant", 3);
    expect(same(before, form.data)).toBe(false);
  });
});

describe("the anchor under a question", () => {
  it("is that of the chosen level, and the two ends until one is chosen", () => {
    const [named, asked] = QUESTIONS as [Question, Question];
    expect(anchorOf(asked, 4)).toBe("4: anchor 4");
    expect(anchorOf(asked, null)).toBe("1: anchor 1 … 5: anchor 5");
    const banded = { ...asked, levels: [{ value: 1, words: "0–20 %: almost none" }, ...asked.levels.slice(1)] };
    expect(anchorOf(banded, 1)).toBe("1: 0–20 %: almost none");
    expect(anchorOf(banded, null)).toBe("1: 0–20 % … 5: anchor 5");
    expect(anchorOf(named, 1)).toBe(""); // its words stand on it
  });
});

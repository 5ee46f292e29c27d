import { describe, expect, it } from "vitest";
import { type EditFinding, faultsOf, History, type KeyDoc, withFinding, withNew, without, withTexts } from "./doc";

const finding = (id: string): EditFinding => ({
  id,
  label: "",
  shape: { kind: "ellipse", x: 0.5, y: 0.5, radius_x: 0.1, radius_y: 0.1, angle_deg: 0 },
  importance: 2,
  note: "",
});
const empty: KeyDoc = { normal: null, note: "", findings: [] };

describe("steps back and forth", () => {
  it("goes back to what was and forth again", () => {
    const history = new History("a");
    history.set("b");
    history.set("c");
    expect(history.undo() && history.now).toBe("b");
    expect(history.undo() && history.now).toBe("a");
    expect(history.undo()).toBe(false);
    expect(history.redo() && history.now).toBe("b");
    expect(history.redo() && history.now).toBe("c");
    expect(history.redo()).toBe(false);
  });

  it("forgets what lay ahead when another way is taken", () => {
    const history = new History("a");
    history.set("b");
    history.undo();
    history.set("c");
    expect(history.canRedo).toBe(false);
    expect(history.undo() && history.now).toBe("a");
  });

  it("takes steps of one kind that follow soon as one", () => {
    let time = 0;
    const history = new History(0, () => time);
    for (const step of [1, 2, 3]) {
      time += 100;
      history.set(step, "move:f1");
    }
    history.set(4, "size:f1");
    expect(history.undo() && history.now).toBe(3);
    expect(history.undo() && history.now).toBe(0);
  });

  it("makes no step of a change that changes nothing, however long after", () => {
    let time = 0;
    const history = new History<KeyDoc>({ ...empty, findings: [finding("f1"), finding("f2")] }, () => time);
    history.set(withFinding(history.now, "f1", { label: "mass" }), "label:f1");
    time += 5000;
    history.set(withFinding(history.now, "f1", { label: "mass" }), "label:f1"); // Enter, after thinking
    history.set(withFinding(history.now, "f0", { label: "of no finding" }), "label:f0");
    expect(history.undo() && history.now.findings[0]?.label).toBe("");
    expect(history.canUndo).toBe(false);
  });

  it("begins a new step after a pause, after a seal, and after a step back", () => {
    let time = 0;
    const history = new History(0, () => time);
    history.set(1, "move");
    time += 5000;
    history.set(2, "move");
    history.seal();
    history.set(3, "move");
    history.undo();
    expect(history.now).toBe(2);
    history.set(4, "move");
    expect(history.undo() && history.now).toBe(2);
    expect(history.undo() && history.now).toBe(1);
  });

  it("takes what a hand does in one hold as one step, however slowly", () => {
    let time = 0;
    const history = new History(0, () => time);
    for (const step of [1, 2, 3]) {
      time += 9000;
      history.set(step, "drag:f1", true);
    }
    expect(history.undo() && history.now).toBe(0);
  });

  it("does not count what changes nothing", () => {
    const history = new History(empty);
    history.set(empty);
    expect(history.canUndo).toBe(false);
  });

  it("leaves nothing of a step that is given up", () => {
    const history = new History(0);
    history.set(1);
    history.set(2, "draw");
    history.set(3, "draw");
    history.abandon();
    expect(history.now).toBe(1);
    expect(history.canRedo).toBe(false);
  });

  it("remembers two hundred steps", () => {
    const history = new History(0);
    for (let step = 1; step <= 300; step++) history.set(step);
    let back = 0;
    while (history.undo()) back++;
    expect(back).toBe(200);
  });
});

describe("a key", () => {
  it("is not normal any more when something is drawn, unless somebody has said so", () => {
    expect(withNew(empty, finding("a")).normal).toBe(false);
    expect(withNew({ ...empty, normal: true }, finding("a")).normal).toBe(true);
  });

  it("changes and loses the finding that is meant", () => {
    const doc = withNew(withNew(empty, finding("a")), finding("b"));
    expect(withFinding(doc, "b", { label: "nodule" }).findings.map(({ label }) => label)).toEqual(["", "nodule"]);
    expect(without(doc, "a").findings.map(({ id }) => id)).toEqual(["b"]);
    expect(doc.findings.length).toBe(2);
  });

  it("takes texts by the names that the identity check gives them", () => {
    const doc = withNew(withNew({ ...empty, note: "kept" }, finding("a")), finding("b"));
    const next = withTexts(doc, { "label of finding 2": "mass", "note of finding 1": "n" });
    expect(next.findings.map(({ label, note }) => [label, note])).toEqual([
      ["", "n"],
      ["mass", ""],
    ]);
    expect(next.note).toBe("kept");
  });

  it("says what it still lacks", () => {
    expect(faultsOf(empty)).toEqual(["Say whether the film is normal."]);
    expect(faultsOf({ ...empty, normal: true })).toEqual([]);
    expect(faultsOf({ ...empty, normal: false })).toEqual(["A film that is not normal needs a finding."]);
    const drawn = withNew(empty, finding("a"));
    expect(faultsOf(drawn)).toEqual(["Say what finding 1 is."]);
    const named = withFinding(drawn, "a", { label: "nodule" });
    expect(faultsOf(named)).toEqual([]);
    expect(faultsOf({ ...named, normal: true })).toEqual(["A normal film has incidental findings only."]);
  });
});

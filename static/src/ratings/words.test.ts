import { describe, expect, it } from "vitest";
import { agreementWords, comparedWords, intervalWords, meanWords, repeatsWords } from "./findings";
import { offeredWords } from "./planparts";
import { grouped } from "./reasons";
import { Stopwatch } from "./stopwatch";
import type { PlannedCase, RaterData } from "./types";
import { coefficient, minutesWords, numberWords, pWords, ratedWords, sizeOf, sizeWords, widthWords } from "./words";

const one = { case: "c1", title: "Nodule" } as PlannedCase;
const rater = { id: 1 } as RaterData;

describe("the size of a study in words", () => {
  it("says what each rater sees and about how long it takes", () => {
    expect(sizeWords(20, 3, 0.1)).toBe(
      "Each rater sees 20 cases × 3 sources and 6 of them again, 66 replays: about 66 minutes.",
    );
    expect(sizeWords(1, 2, 0)).toBe("Each rater sees 1 case × 2 sources: about 2 minutes.");
    expect(sizeWords(0, 3, 0.1)).toBe("");
  });

  it("repeats one item at least, when any are to be repeated", () => {
    expect(sizeOf(2, 2, 0.1)).toEqual({ items: 4, again: 1 });
    expect(sizeOf(2, 2, 0)).toEqual({ items: 4, again: 0 });
    expect(sizeOf(15, 3, 0.1).again).toBe(4); // 4.5, as Python rounds it
    expect(sizeOf(5, 3, 0.1).again).toBe(2); // 1.5
  });
});

describe("what there is of a case that may be taken", () => {
  it("is counted by kind, and none of a kind is left out", () => {
    const none = { case: "c1", human: 0, simulated: 0, key: false, private: null };
    expect(offeredWords({ ...none, human: 2, simulated: 1, key: true })).toBe(
      "2 human readings · 1 simulated reading · answer key",
    );
    expect(offeredWords({ ...none, key: true })).toBe("answer key");
    expect(offeredWords(none)).toBe("no reading or key yet");
    expect(offeredWords({ ...none, private: "Ada" })).toBe(
      "no reading or key yet · not published: raters will see this film of Ada",
    );
  });
});

describe("the width line", () => {
  it("is the server's", () => {
    const width = { words: "The means will be known to within ± .23.", mean: 0.23, share: 0.1 };
    expect(widthWords({ cases: [one], raters: [rater], width })).toBe(width.words);
  });

  it("says what has to be chosen first", () => {
    const width = { words: "", mean: null, share: null };
    expect(widthWords({ cases: [], raters: [], width })).toContain("Choose cases and raters:");
    expect(widthWords({ cases: [one], raters: [], width })).toContain("Choose raters:");
    expect(widthWords({ cases: [one], raters: [rater], width })).toBe("");
  });
});

describe("numbers in words", () => {
  it("the item that stands there", () => {
    expect(numberWords({ next: "a", done: 7, of: 40 }, false)).toBe("Item 8 of 40");
    expect(numberWords({ next: null, done: 39, of: 39 }, false)).toBe("39 of 39 rated");
    expect(numberWords({ next: "a", done: 7, of: 40 }, true)).toBe("Answered before");
    expect(numberWords(null, false)).toBe("Rate");
  });

  it("minutes", () => {
    expect(minutesWords(null)).toBe("");
    expect(minutesWords(0.3)).toBe("about a minute");
    expect(minutesWords(12.4)).toBe("about 12 minutes");
    expect(minutesWords(150)).toBe("about 2.5 hours");
  });

  it("p without a leading nought, never 0", () => {
    expect(pWords(0.0441)).toBe("p = .044");
    expect(pWords(0.312)).toBe("p = .31");
    expect(pWords(0.00001)).toBe("p < .001");
    expect(pWords(1)).toBe("p = 1.00");
  });

  it("coefficients", () => {
    expect(coefficient(-0.254)).toBe("−.25");
    expect(coefficient(1)).toBe("1.00");
    expect(coefficient(-0.001)).toBe(".00");
  });
});

describe("results in words", () => {
  const compared = {
    delta: -0.3,
    low: -0.55,
    high: -0.02,
    p: 0.044,
    test: "Fisher's exact test",
    cases: 20,
    words: "",
  };

  it("say direction, chance, size, test and p", () => {
    expect(comparedWords(compared)).toBe(
      "Lower, hardly by chance. Cliff’s delta −.30 (95 % −.55 to −.02); Fisher's exact test, p = .044, 20 cases.",
    );
    expect(comparedWords({ ...compared, delta: 0.2, p: 0.31 })).toMatch(/^Higher, which may be chance\./);
  });

  it("say when there is too little", () => {
    const none = { ...compared, p: null, test: "", cases: 2, words: "Fewer than 3 cases: no test." };
    expect(comparedWords(none)).toContain("2 cases. Fewer than 3 cases: no test.");
    expect(comparedWords({ ...none, delta: null })).toBe("Fewer than 3 cases: no test.");
    const alone = { alpha: null, low: null, high: null, raw: null, raters: 1, items: 9, words: "One rater only." };
    expect(agreementWords(alone)).toBe("One rater only.");
    expect(repeatsWords({ n: 0, equal: 0, share: null, alpha: null, words: "" })).toContain("No item");
  });

  it("say what alpha is worth", () => {
    const at = (alpha: number) =>
      agreementWords({ alpha, low: 0.5, high: 0.9, raw: 0.7, raters: 3, items: 60, words: "" });
    expect(at(0.8)).toBe(
      "Krippendorff’s alpha .80 (95 % .50 to .90): good; 3 raters, 60 items. Of all pairs of answers 70 % are equal.",
    );
    expect(at(0.7)).toContain("tentative");
    expect(at(0.6)).toContain("too low");
  });

  it("give shares in per cent and means with two decimals", () => {
    expect(meanWords(0.95, true)).toBe("95 %");
    expect(meanWords(4.4, false)).toBe("4.40");
    expect(intervalWords({ low: 4.1, high: 4.65 }, false)).toBe("4.10 to 4.65");
    expect(intervalWords({ low: null, high: null }, false)).toBe("–");
  });

  it("count repeats", () => {
    expect(repeatsWords({ n: 15, equal: 12, share: 0.8, alpha: 0.71, words: "" })).toBe(
      "Asked twice, a rater gave the same answer 12 of 15 times (80 %, alpha .71).",
    );
  });
});

describe("what stands in the way of starting", () => {
  const two = { case: "c2", title: "Effusion" } as PlannedCase;
  const none = { case: null, rater: null, known: false, source: null };

  it("is put together case by case and rater by rater, the rest alone", () => {
    const found = [
      { words: "No source." },
      { words: "Human of “Nodule”: no reading.", case: "c1", source: "Human" },
      { words: "Model of “Nodule”: not finished.", case: "c1", source: "Model" },
      { words: "Ada has read “Effusion”.", case: "c2", rater: 5 },
      { words: "Ada is away.", rater: 5 },
    ];
    expect(grouped(found, [one, two])).toEqual([
      { ...none, title: "", words: ["No source."] },
      { ...none, title: "Nodule", case: "c1", words: ["Human: no reading.", "Model: not finished."] },
      { ...none, title: "Effusion", case: "c2", rater: 5, words: ["Ada has read “Effusion”."] },
      { ...none, title: "", rater: 5, words: ["Ada is away."] },
    ]);
  });

  it("is said once of a source that no case has a reading for", () => {
    const lacks = (id: string, title: string) => ({ words: `Human of “${title}”: none.`, case: id, source: "Human" });
    const found = [lacks("c1", "Nodule"), lacks("c2", "Effusion")];
    expect(grouped(found, [one, two])).toEqual([
      { ...none, title: "All 2 cases", source: "Human", words: ["Human: none."] },
    ]);
    expect(grouped(found.slice(0, 1), [one, two])[0]).toMatchObject({ title: "Nodule", case: "c1" });
  });

  it("can be a rater who is taken all the same", () => {
    const found = [{ words: "Ada may know readings again.", rater: 5, known: true }];
    expect(grouped(found, [one, two])).toMatchObject([{ rater: 5, known: true }]);
  });

  it("is said once of a rater whom every case forbids", () => {
    const read = (id: string, title: string) => ({ words: `Ada has read “${title}”.`, case: id, rater: 5 });
    const found = [read("c1", "Nodule"), read("c2", "Effusion")];
    expect(grouped(found, [one, two])).toEqual([
      { ...none, title: "All 2 cases", rater: 5, words: ["Ada has read these cases."] },
    ]);
  });
});

describe("the time that an item takes", () => {
  it("stands while the page is hidden", () => {
    let now = 0;
    const watch = new Stopwatch(() => now);
    watch.start();
    now = 4_000;
    watch.pause();
    now = 60_000;
    expect(watch.seconds).toBe(4);
    watch.goOn();
    now = 61_500;
    watch.goOn();
    expect(watch.seconds).toBe(5.5);
    watch.start();
    expect(watch.seconds).toBe(0);
  });
});

describe("what a rater has done of a study", () => {
  it("is all of it, or says how much cannot be shown any more", () => {
    expect(ratedWords(1, 1)).toBe("You have rated the one reading of this study.");
    expect(ratedWords(9, 9)).toBe("You have rated all 9 readings of this study.");
    expect(ratedWords(1, 3)).toBe("You have rated 1 reading of this study; 2 cannot be shown any more.");
    expect(ratedWords(0, 2)).toBe("You have rated 0 readings of this study; 2 cannot be shown any more.");
  });
});

import { describe, expect, it } from "vitest";
import { csvOf, stepWords } from "./lossplot";
import { bodyOf, FIRST, lacks, queryOf, wishOf } from "./runform";

const SHA = "ab".repeat(32);

describe("a new run", () => {
  it("asks for the usual sources of what is consented, and the champion", () => {
    expect(bodyOf(" demo tuned ", FIRST)).toEqual({
      name: "demo tuned",
      from: null,
      data: { kind: "consented", release: null, sources: ["tracker", "import", "simulated"] },
      steps: null,
      minutes: 3,
      seed: 0,
    });
  });

  it("asks for a release as it was made, and one budget alone", () => {
    const body = bodyOf("x", { ...FIRST, kind: "release", release: "r1", budget: "steps", amount: 20 });
    expect(body).toMatchObject({ data: { kind: "release", release: "r1", sources: null }, steps: 20, minutes: null });
  });

  it("asks for an estimate of the same", () => {
    expect(queryOf(FIRST).toString()).toBe("kind=consented&sources=tracker%2Cimport%2Csimulated&minutes=3");
    const release = queryOf({ ...FIRST, kind: "release", release: "r1", budget: "steps", amount: 20, from: SHA });
    expect(release.toString()).toBe(`kind=release&release=r1&steps=20&from=${SHA}`);
  });

  it("says what it lacks before the server is asked", () => {
    expect(lacks(FIRST)).toBe("");
    expect(lacks({ ...FIRST, sources: [] })).toContain("source");
    expect(lacks({ ...FIRST, kind: "release" })).toContain("release");
    expect(lacks({ ...FIRST, kind: "release", release: "r1", sources: [] })).toBe("");
    expect(lacks({ ...FIRST, amount: Number.NaN })).toContain("minutes");
    expect(lacks({ ...FIRST, budget: "steps", amount: 2.5 })).toContain("whole");
  });

  it("is found again in its address", () => {
    const wish = { ...FIRST, kind: "release", release: "r1", budget: "steps", amount: 20, from: SHA } as const;
    expect(wishOf(queryOf({ ...wish, sources: [...FIRST.sources] }))).toEqual(wish);
    expect(wishOf(new URLSearchParams(""))).toEqual(FIRST);
    expect(wishOf(new URLSearchParams("from=../x&minutes=-3&kind=other"))).toEqual(FIRST);
    expect(wishOf(new URLSearchParams("sources=")).sources).toEqual([]);
  });
});

describe("the curves of a run", () => {
  it("are said step by step", () => {
    const columns: Parameters<typeof stepWords>[0] = [
      [10, 20, 30],
      [1.5, null, null],
      [1.25, 1.2, null],
    ];
    expect(stepWords(columns, 0)).toBe("Step 10: training 1.500, validation 1.250");
    expect(stepWords(columns, 1)).toBe("Step 20: validation 1.200");
    expect(stepWords(columns, 2)).toBe("");
  });

  it("are a file with both, gaps left empty", () => {
    expect(
      csvOf(
        [
          [1, 2],
          [2, 1.5],
        ],
        [[2, 1.75]],
      ),
    ).toBe("step,training_loss_nats,validation_loss_nats\n1,2,\n2,1.5,1.75\n");
  });
});

import { describe, expect, it } from "vitest";
import { fromAddress, lacks, queryWords, toAddress, toCounts, usual } from "./query";
import type { Query } from "./types";

const SET = "0b9f3f0e-6a3c-4f0e-9f63-0a5d3a1c2b4d";

describe("a query in the address", () => {
  it("has no address of its own while all is as usual", () => {
    expect(toAddress(usual())).toBe("");
    expect(fromAddress("")).toEqual(usual());
    expect(usual().sources).toEqual(["tracker", "import", "simulated"]);
  });

  it("comes back as it was", () => {
    const query: Query = {
      sources: ["tracker", "aperture"],
      simulated: "without",
      set: SET,
      predictions: true,
      ratings: true,
      films: false,
      reports: true,
    };
    const address = toAddress(query);
    expect(address).toBe(`?sources=tracker,aperture&simulated=without&set=${SET}&predictions=1&ratings=1&reports=1`);
    expect(fromAddress(address)).toEqual(query);
  });

  it("is one and the same in whatever order sources were ticked", () => {
    expect(toAddress({ ...usual(), sources: ["simulated", "tracker", "import"] })).toBe("");
    expect(toAddress({ ...usual(), sources: ["clicks", "tracker"] })).toBe("?sources=tracker,clicks");
  });

  it("keeps that no source is ticked", () => {
    expect(toAddress({ ...usual(), sources: [] })).toBe("?sources=");
    expect(fromAddress("?sources=").sources).toEqual([]);
  });

  it("takes what is not known as usual", () => {
    const read = fromAddress("?sources=model,tracker&simulated=maybe&set=1%20OR%201&films=yes");
    expect(read).toEqual({ ...usual(), sources: ["tracker"] });
  });
});

describe("a query for the API", () => {
  it("says everything that counts depend on", () => {
    expect(toCounts({ ...usual(), ratings: true, films: true })).toBe(
      "sources=tracker,import,simulated&simulated=with&predictions=false&ratings=true",
    );
    expect(toCounts({ ...usual(), set: SET })).toContain(`&set=${SET}`);
  });
});

describe("a query in words", () => {
  it("names sources, what is simulated, and what goes along", () => {
    expect(queryWords(usual())).toBe(
      "Eye tracker, imported eye tracker file, simulated reader · real and simulated · without films and reports",
    );
    expect(
      queryWords({ ...usual(), sources: ["tracker"], simulated: "without", predictions: true, films: true, set: SET }),
    ).toBe("Eye tracker · nothing simulated · one practice set · with predicted readings and films");
  });

  it("says that there is no picture or text only where there is neither", () => {
    expect(queryWords({ ...usual(), reports: true })).not.toContain("without");
    expect(queryWords({ ...usual(), films: true })).not.toContain("without");
  });

  it("says what is missing before it can be asked for", () => {
    expect(lacks(usual())).toBe("");
    expect(lacks({ ...usual(), sources: [] })).toContain("Tick a source");
    expect(lacks({ ...usual(), sources: ["simulated"], simulated: "without" })).toContain("the only source");
    expect(lacks({ ...usual(), sources: ["simulated", "tracker"], simulated: "without" })).toBe("");
  });
});

import { describe, expect, it } from "vitest";
import { usual } from "./query";
import type { Counts, RequestData } from "./types";
import {
  byFolder,
  countsWords,
  digestWords,
  filmsWords,
  peopleAdvice,
  peopleWords,
  requestWords,
  sinceWords,
  sizeWords,
  sourcesWords,
  whenWords,
  withWords,
} from "./words";

const counts: Counts = {
  cases: 12,
  readings: 1,
  readers: 5,
  people: 3,
  by_source: {},
  predictions: 0,
  ratings: 0,
  few: true,
  sentence: "",
};

const request: RequestData = {
  id: "r",
  name: "Nodules",
  why: "",
  query: usual(),
  counts,
  state: "open",
  by: { id: 1, name: "Rae" },
  created_at: "2026-05-03T10:00:00Z",
  decided: null,
  films: { asked: false, state: "none", by: null, at: null, reason: "" },
  closed: null,
  own: false,
  may_decide: true,
  release: null,
  job: null,
};
const decided = { by: { id: 2, name: "Ada" }, at: "2026-05-03T11:00:00Z", reason: "" };
const job = {
  id: "j",
  kind: "release",
  state: "running",
  stage: "tables",
  progress: 0.5,
  error: null,
  place: 0,
} as const;

describe("sizes", () => {
  it("count in thousands, as browsers do", () => {
    expect(sizeWords(0)).toBe("–");
    expect(sizeWords(1)).toBe("1 byte");
    expect(sizeWords(999)).toBe("999 bytes");
    expect(sizeWords(1_500)).toBe("1.5 kB");
    expect(sizeWords(12_345_678)).toBe("12.3 MB");
    expect(sizeWords(123_456_789)).toBe("123 MB");
    expect(sizeWords(5_000_000_000)).toBe("5.0 GB");
  });

  it("never say 1000 of a unit", () => {
    expect(sizeWords(999_499)).toBe("999 kB");
    expect(sizeWords(999_600)).toBe("1.0 MB");
    expect(sizeWords(99_960)).toBe("100 kB");
  });
});

describe("counts", () => {
  it("are said with their nouns", () => {
    expect(countsWords({ ...counts, fixations: 12_345 })).toBe("12 cases, 1 reading by 5 readers, 12,345 fixations");
    expect(countsWords(counts)).toBe("12 cases, 1 reading by 5 readers");
  });

  it("of sources begin with the most, and leave out those without any", () => {
    expect(sourcesWords({ simulated: 10, tracker: 1_030, clicks: 0 })).toBe(
      "1,030 readings by eye tracker, 10 by simulated readers",
    );
    expect(sourcesWords({ model: 1 })).toBe("1 reading by a model");
  });

  it("say what lies beside the gaze", () => {
    expect(withWords({ films: true, reports: true })).toBe("with films and reports");
    expect(withWords({ films: false, reports: true })).toBe("with reports");
    expect(withWords({ films: false, reports: false })).toBe("without films and reports");
  });
});

describe("the difference to the version before", () => {
  it("says each number with its direction", () => {
    expect(sinceWords({ version: "2", cases: 3, readings: -1, fixations: 0, left: 0 })).toBe(
      "Against version 2: 3 cases more and 1 reading fewer.",
    );
  });

  it("says how many readings left, even when the numbers are the same", () => {
    expect(sinceWords({ version: "2", cases: 0, readings: 0, fixations: 0, left: 1 })).toBe(
      "Against version 2: the same numbers. 1 reading of version 2 is no longer in it: withdrawn, or not asked for any more.",
    );
    expect(sinceWords(null)).toBe("");
  });
});

describe("how a request stands", () => {
  it("waits for an admin", () => {
    expect(requestWords(request)).toMatchObject({ badge: "confirming", name: "waits" });
  });

  it("is declined with who and why", () => {
    expect(
      requestWords({ ...request, state: "declined", decided: { ...decided, reason: "Say what for." } }).words,
    ).toBe("By Ada: Say what for.");
    expect(requestWords({ ...request, state: "declined", decided }).words).toBe("By Ada.");
  });

  it("is approved and waits for the second approval before there is a job", () => {
    const films = { asked: true, state: "open", by: null, at: null, reason: "" } as const;
    expect(requestWords({ ...request, state: "approved", decided, films })).toEqual({
      badge: "confirming",
      name: "approved",
      words: "By Ada. Films and reports wait for a second approval.",
    });
  });

  it("is being made, failed with the reason, or ready", () => {
    const approved = { ...request, state: "approved", decided } as RequestData;
    expect(requestWords({ ...approved, job }).name).toBe("being made");
    const error = { title: "The disk is full.", detail: "Free some space and retry." };
    expect(requestWords({ ...approved, job: { ...job, state: "failed", error } })).toMatchObject({
      badge: "failed",
      words: "The disk is full. Free some space and retry.",
    });
    const release = { id: "x", version: "4", state: "ready" } as const;
    expect(requestWords({ ...request, state: "done", release }).words).toBe("Release 4 is ready.");
  });

  it("is closed by an admin who says why, or with the job that was cancelled", () => {
    const closed = { by: { id: 2, name: "Ada" }, at: "", reason: "The study was stopped." };
    expect(requestWords({ ...request, state: "closed", closed }).words).toBe(
      "Nothing of it was kept; who wants the data asks anew. Closed by Ada: The study was stopped.",
    );
    expect(requestWords({ ...request, state: "closed", closed: { ...closed, by: null, reason: "" } }).words).toBe(
      "Its making was cancelled. Nothing of it was kept; who wants the data asks anew.",
    );
  });

  it("says where somebody approved what they asked for themselves", () => {
    const by = { id: 2, name: "Ada" };
    const own = { ...request, by, decided: { by, at: "", reason: "" } } as RequestData;
    expect(requestWords({ ...own, state: "approved", job }).words).toBe("Approved by Ada, who asked for it.");
    const release = { id: "x", version: "4", state: "ready" } as const;
    expect(requestWords({ ...own, state: "done", release }).words).toBe(
      "Release 4 is ready. Approved by Ada, who asked for it.",
    );
    const films = { asked: true, state: "approved", by, at: null, reason: "" } as const;
    expect(filmsWords({ by, films })).toBe("Films and reports: approved by Ada, who asked for them.");
  });

  it("says how films and reports were decided", () => {
    const films = { asked: true, state: "declined", by: { id: 2, name: "Ada" }, at: null, reason: "No need." } as const;
    const by = null;
    expect(filmsWords({ by, films })).toBe("Films and reports: declined by Ada: No need.");
    expect(filmsWords({ by, films: { ...films, state: "approved" } })).toBe("Films and reports: approved by Ada.");
    expect(filmsWords({ by, films: { ...films, asked: false, state: "none" } })).toBe("");
  });
});

describe("few people", () => {
  it("are warned of below five, with what to do", () => {
    expect(peopleWords({ people: 4, readers: 9 })).toBe("Only 4 people: whose a reading is may be guessed.");
    expect(peopleWords({ people: 1, readers: 1 })).toContain("Only one person:");
    expect(peopleAdvice({ people: 4, readers: 4 })).toContain("Tick more sources");
    expect(peopleWords({ people: 5, readers: 5 })).toBe("");
    expect(peopleAdvice({ people: 5, readers: 5 })).toBe("");
  });

  it("are something else than nobody", () => {
    expect(peopleWords({ people: 0, readers: 3 })).toContain("every reader is simulated");
    expect(peopleWords({ people: 0, readers: 0 })).toBe("");
  });
});

describe("moments", () => {
  const now = new Date(2026, 4, 3, 9, 0);

  it("are said as people say them", () => {
    expect(whenWords(new Date(2026, 4, 3, 0, 5).toISOString(), now)).toBe("today 00:05");
    expect(whenWords(new Date(2026, 4, 2, 23, 59).toISOString(), now)).toBe("yesterday 23:59");
    expect(whenWords(new Date(2026, 4, 1, 12, 0).toISOString(), now)).toBe("1 May 2026");
  });
});

it("files are told by their folder, those in none first", () => {
  const file = (path: string, size_bytes: number) => ({ path, size_bytes, sha256: "", url: "" });
  const found = byFolder([file("films/a.png", 3), file("cases.csv", 1), file("films/b.png", 4), file("README.md", 2)]);
  expect(found.map(({ folder, files, size_bytes }) => [folder, files.map(({ path }) => path), size_bytes])).toEqual([
    ["", ["cases.csv", "README.md"], 3],
    ["films", ["films/a.png", "films/b.png"], 7],
  ]);
  expect(byFolder([file("films/a.png", 3)])).toHaveLength(1);
});

it("a digest in short keeps both ends", () => {
  expect(digestWords(`0123456789${"f".repeat(50)}abcd`)).toBe("01234567…abcd");
});

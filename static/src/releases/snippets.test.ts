import { describe, expect, it } from "vitest";
import { checkLine, downloadLine, pythonLines, quoted, shellLines } from "./snippets";

const ORIGIN = "https://reading.example:8443";
const SHA = "ab".repeat(32);
const archive = { name: "medgaze-3.zip", size_bytes: 5, sha256: SHA, url: "/api/v1/releases/r1/archive/" };

describe("lines for a shell", () => {
  it("go on with a download where it was cut off", () => {
    expect(downloadLine(archive, ORIGIN)).toBe(
      'curl -fL -C - -o medgaze-3.zip -H "Authorization: Bearer $TOKEN" https://reading.example:8443/api/v1/releases/r1/archive/',
    );
  });

  it("check the file by its digest, with the two spaces that sha256sum wants", () => {
    expect(checkLine(archive)).toBe(`echo '${SHA}  medgaze-3.zip' | sha256sum -c`);
  });

  it("take a name literally, whatever stands in it", () => {
    expect(quoted("plain-1.zip")).toBe("plain-1.zip");
    expect(quoted("it's $HOME.zip")).toBe("'it'\\''s $HOME.zip'");
    expect(quoted("")).toBe("''");
  });

  it("are three, with this server, this release and this token", () => {
    const lines = shellLines({ id: "r1", archive }, ORIGIN, "secret123").split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe("export TOKEN=secret123");
    expect(lines[1]).toBe(`curl -f -H "Authorization: Bearer $TOKEN" ${ORIGIN}/api/v1/releases/r1/`);
    expect(lines[2]).toBe(downloadLine(archive, ORIGIN));
  });

  it("count what there is while there is no release", () => {
    const lines = shellLines(null, ORIGIN, "").split("\n");
    expect(lines[0]).toBe("export TOKEN=paste-your-token-here");
    expect(lines[2]).toContain(`${ORIGIN}/api/v1/data/counts/`);
  });
});

describe("lines for Python", () => {
  it("read the fixations of this release", () => {
    expect(pythonLines({ id: "r1" }, ORIGIN, "secret123").split("\n")).toEqual([
      "import pandas as pd",
      'bearer = {"Authorization": "Bearer secret123"}',
      `fixations = pd.read_csv("${ORIGIN}/api/v1/releases/r1/files/fixations.csv", storage_options=bearer)`,
    ]);
  });
});

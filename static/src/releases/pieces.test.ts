import { afterEach, describe, expect, it, vi } from "vitest";
import { copied } from "./pieces";

const BIBTEX =
  '@misc{medgaze3,\n  title = {MedGaze Reading Room, release 3},\n  note = {"simulated", 100 % & more}\n}\n';

afterEach(() => vi.unstubAllGlobals());

/** A page on which selected text can be copied by the old way, or not. */
function page(allowed: boolean) {
  const box = { value: "", setAttribute: vi.fn(), append: vi.fn(), select: vi.fn(), remove: vi.fn() };
  const document = {
    activeElement: null,
    createElement: () => box,
    body: { append: vi.fn() },
    execCommand: vi.fn(() => allowed),
  };
  vi.stubGlobal("document", document);
  vi.stubGlobal("HTMLElement", class {});
  return { box, document };
}

describe("what is copied", () => {
  it("is the BibTeX sign by sign", async () => {
    const writeText = vi.fn(async () => undefined);
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    expect(await copied(BIBTEX)).toBe(true);
    expect(writeText).toHaveBeenCalledWith(BIBTEX);
  });

  it("goes by the old way where the browser has no clipboard, as on http", async () => {
    vi.stubGlobal("navigator", {});
    const { box, document } = page(true);
    expect(await copied(BIBTEX)).toBe(true);
    expect(box.value).toBe(BIBTEX);
    expect(document.execCommand).toHaveBeenCalledWith("copy");
    expect(box.remove).toHaveBeenCalled();
  });

  it("is said not to be when neither is allowed", async () => {
    const writeText = vi.fn(() => Promise.reject(new Error("NotAllowedError")));
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    page(false);
    expect(await copied(BIBTEX)).toBe(false);
  });
});

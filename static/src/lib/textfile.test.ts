import { expect, test } from "vitest";
import { decodeText, readText } from "./textfile";

const WORDS = "Größe 2½ cm – “kein” Erguss";
const WINDOWS = Uint8Array.from([
  0x47, 0x72, 0xf6, 0xdf, 0x65, 0x20, 0x32, 0xbd, 0x20, 0x63, 0x6d, 0x20, 0x96, 0x20, 0x93, 0x6b, 0x65, 0x69, 0x6e,
  0x94, 0x20, 0x45, 0x72, 0x67, 0x75, 0x73, 0x73,
]);

function utf16(text: string, little: boolean, mark: boolean): Uint8Array {
  const units = [...(mark ? [0xfeff] : []), ...Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))];
  return Uint8Array.from(units.flatMap((unit) => (little ? [unit & 255, unit >> 8] : [unit >> 8, unit & 255])));
}

test("a report is read whatever it was saved as", () => {
  const utf8 = new TextEncoder().encode(WORDS);
  expect(decodeText(utf8)).toBe(WORDS);
  expect(decodeText(Uint8Array.from([0xef, 0xbb, 0xbf, ...utf8]))).toBe(WORDS);
  expect(decodeText(WINDOWS)).toBe(WORDS);
  for (const little of [true, false])
    for (const mark of [true, false]) expect(decodeText(utf16(WORDS, little, mark))).toBe(WORDS);
});

test("UTF-32 is known by its mark, which begins like that of UTF-16", () => {
  const little = [...WORDS, "𝐀"].flatMap((sign) => {
    const code = sign.codePointAt(0) ?? 0;
    return [code & 255, (code >> 8) & 255, code >> 16, 0];
  });
  expect(decodeText(Uint8Array.from([0xff, 0xfe, 0, 0, ...little]))).toBe(`${WORDS}𝐀`);
});

test("no byte is read as damage", () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  for (const mark of [[], [0xef, 0xbb, 0xbf], [0xff, 0xfe], [0xfe, 0xff], [0xff, 0xfe, 0, 0]])
    expect(decodeText(Uint8Array.from([...mark, ...all, 0xd8]))).not.toContain("\ufffd");
  expect(decodeText(new Uint8Array())).toBe("");
});

test("the file is read whole", async () => {
  expect(await readText(new Blob([WINDOWS]))).toBe(WORDS);
});

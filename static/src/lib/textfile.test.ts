import { expect, test } from "vitest";
import { decodeText, NotText, readText } from "./textfile";

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

test("UTF-16 of every script is known without its mark", () => {
  for (const text of [
    "Петров Сергей: лёгкие чистые",
    "患者张志宏，双肺纹理清晰。",
    "患者张志宏双肺纹理清晰心影不大",
    "山田太郎様の胸部写真、異常なし。",
    "홍길동 환자의 사진은 정상",
    "Nguyễn Thị Hồng: phổi sáng",
  ])
    for (const little of [true, false]) expect(decodeText(utf16(text, little, false))).toBe(text);
});

test("bytes of a Chinese text in GBK are not taken for Korean UTF-16", () => {
  const gbk = Uint8Array.from([0xcb, 0xab, 0xb7, 0xce, 0xce, 0xc6, 0xc0, 0xed, 0xc7, 0xe5, 0xce, 0xfa]);
  expect(decodeText(gbk)).toBe("Ë«·ÎÎÆÀíÇåÎú");
});

test("UTF-8 that breaks off within its last letter loses that letter alone", () => {
  const whole = new TextEncoder().encode("Müller, Zoë: kein Erguß");
  expect(decodeText(whole.subarray(0, -1))).toBe("Müller, Zoë: kein Ergu");
  const quoted = new TextEncoder().encode("Müller ’");
  for (const cut of [1, 2]) expect(decodeText(quoted.subarray(0, -cut))).toBe("Müller ");
  expect(decodeText(Uint8Array.of(0x5a, 0x6f, 0xeb))).toBe("Zoë"); // Windows-1252
});

test("zero bytes that no UTF-16 explains are no text", () => {
  for (const bytes of [
    [0x61, 0, 0x62],
    [0, 1, 2, 3, 0, 0],
    [0x1d, 4, 0x35, 4, 0x42],
  ])
    expect(() => decodeText(Uint8Array.from(bytes))).toThrow(NotText);
});

test("no byte is read as damage", () => {
  const all = Uint8Array.from({ length: 255 }, (_, byte) => byte + 1);
  for (const mark of [[], [0xef, 0xbb, 0xbf], [0xff, 0xfe], [0xfe, 0xff], [0xff, 0xfe, 0, 0]])
    expect(decodeText(Uint8Array.from([...mark, ...all, 0xd8]))).not.toContain("\ufffd");
  expect(decodeText(new Uint8Array())).toBe("");
});

test("the file is read whole", async () => {
  expect(await readText(new Blob([WINDOWS]))).toBe(WORDS);
});

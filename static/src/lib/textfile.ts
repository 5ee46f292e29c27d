const MOST = 1024 * 1024; // bytes; what is longer is no report, and the server refuses its first part already

/** Reads a text file as the server does (`gazeapp/cases/reports/text.py`): by its byte order mark, else as UTF-16 if it
 * looks so, else as UTF-8, else as Windows-1252. Never puts U+FFFD for what it cannot read; throws NotText where zero
 * bytes stand that no UTF-16 explains, or UTF-16 breaks off within a letter. */
export async function readText(file: Blob): Promise<string> {
  return decodeText(new Uint8Array(await file.slice(0, MOST).arrayBuffer()));
}

export function decodeText(bytes: Uint8Array): string {
  const begins = (...mark: number[]) => mark.every((byte, index) => bytes[index] === byte);
  if (begins(0xef, 0xbb, 0xbf)) return utf8(bytes.subarray(3));
  if (begins(0xff, 0xfe, 0, 0)) return utf32(bytes.subarray(4), true);
  if (begins(0, 0, 0xfe, 0xff)) return utf32(bytes.subarray(4), false);
  if (begins(0xff, 0xfe)) return utf16(bytes.subarray(2), "utf-16le");
  if (begins(0xfe, 0xff)) return utf16(bytes.subarray(2), "utf-16be");
  const unmarked = unmarkedUtf16(bytes);
  if (unmarked !== null) return unmarked;
  const brokenOff = bytes.length % 2 && bytes.some(isControl) && unmarkedUtf16(bytes.subarray(0, -1)) !== null;
  if (brokenOff || bytes.includes(0)) throw new NotText();
  return utf8(bytes);
}

/** Bytes that are no text in any encoding known here. */
export class NotText extends Error {}

/** What Windows-1252 has where Latin-1 has control characters. By hand: Node's TextDecoder takes one for the other. */
const SIGNS = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

const windows1252 = (byte: number): string => SIGNS[byte - 0x80] ?? String.fromCharCode(byte);

function utf8(bytes: Uint8Array): string {
  const read = strictly("utf-8", bytes);
  if (read !== null) return read;
  const whole = bytes.subarray(0, bytes.length - cutLetter(bytes));
  const text = whole.length < bytes.length && whole.some((byte) => byte > 127) ? strictly("utf-8", whole) : null;
  return text ?? Array.from(bytes, windows1252).join("");
}

function strictly(encoding: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** How many bytes at the end begin a letter of UTF-8 that breaks off. */
function cutLetter(bytes: Uint8Array): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes.at(-back) ?? 0;
    if (byte >= 0xc2 && byte <= 0xf4) return back < (byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4) ? back : 0;
    if (byte < 0x80 || byte > 0xbf) return 0;
  }
  return 0;
}

function utf16(bytes: Uint8Array, encoding: string): string {
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes).replaceAll("\ufffd", "");
}

function utf32(bytes: Uint8Array, little: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const code = view.getUint32(at, little);
    if (code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)) text += String.fromCodePoint(code);
  }
  return text;
}

/** UTF-16 without its mark, told from text of one byte a letter as `gazeapp/cases/reports/utf16.py` tells it. */
function unmarkedUtf16(bytes: Uint8Array): string | null {
  const signs = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  if (bytes.length % 2 || !bytes.length || signs.includes("\x1b$")) return null;
  const bare = !bytes.some(isControl);
  const plain = signs.match(/[A-Za-z \r\n]/g)?.length ?? 0;
  if (bare && (bytes.length < 2 * LEAST_SIGNS || plain > MOST_PLAIN * bytes.length)) return null;
  if (bare && strictly("utf-8", bytes) !== null) return null;
  const found = ["utf-16le", "utf-16be"]
    .map((encoding) => strictly(encoding, bytes))
    .filter((text) => text !== null)
    .map((text) => ({ text, share: meant(text) }))
    .filter(({ share }) => share >= (bare ? LEAST_COMMON : LEAST_MEANT))
    .sort((one, other) => other.share - one.share);
  return found[0]?.text ?? null;
}

const MOST_PLAIN = 0.5;
const LEAST_MEANT = 0.7;
const LEAST_SIGNS = 8;
const LEAST_COMMON = 0.9;

const isControl = (byte: number): boolean => byte < 9 || (byte > 13 && byte < 26) || (byte > 27 && byte < 32);

/** The share of signs that people write: of the alphabets, of punctuation, and common East Asian ones. */
function meant(text: string): number {
  const signs = [...text];
  return signs.filter(isMeant).length / signs.length;
}

function isMeant(sign: string): boolean {
  if (sign < "\x80") return /[\t\n\f\r -~]/.test(sign);
  if (/[\u2e80-\u2fff\u3100-\ufeff\u{10000}-\u{10ffff}]/u.test(sign)) return commonSigns().has(sign);
  return /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Z}]/u.test(sign);
}

// Encoding, first and second bytes of the signs that each national standard holds for common.
const COMMON: [string, [number, number], [number, number]][] = [
  ["gb18030", [0xb0, 0xd7], [0xa1, 0xfe]],
  ["big5", [0xa4, 0xc6], [0x40, 0xfe]],
  ["shift_jis", [0x88, 0x98], [0x40, 0xfc]],
  ["euc-kr", [0xb0, 0xc8], [0xa1, 0xfe]],
];
let common: Set<string> | null = null;

function commonSigns(): Set<string> {
  if (common) return common;
  common = new Set();
  for (const [encoding, [firstLead, lastLead], [firstTrail, lastTrail]] of COMMON)
    for (let lead = firstLead; lead <= lastLead; lead++)
      for (let trail = firstTrail; trail <= lastTrail; trail++) {
        const sign = strictly(encoding, Uint8Array.of(lead, trail));
        if (sign !== null && [...sign].length === 1) common.add(sign);
      }
  return common;
}

const MOST = 1024 * 1024; // bytes; what is longer is no report, and the server refuses its first part already

/** Reads a text file as the server does (`gazeapp/cases/reports/text.py`): by its byte order mark, else as UTF-8, else as
 * Windows-1252. Never fails, and never puts U+FFFD for what it cannot read. */
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
  const pairs = Math.floor(bytes.length / 2);
  const [low, high] = [zeros(bytes, 0), zeros(bytes, 1)];
  if (bytes.length % 2 === 0 && Math.max(low, high) > 0.4 * pairs && Math.min(low, high) < 0.1 * pairs)
    return utf16(bytes, high > low ? "utf-16le" : "utf-16be");
  return utf8(bytes);
}

/** What Windows-1252 has where Latin-1 has control characters. By hand: Node's TextDecoder takes one for the other. */
const SIGNS = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

const windows1252 = (byte: number): string => SIGNS[byte - 0x80] ?? String.fromCharCode(byte);

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Array.from(bytes, windows1252).join("");
  }
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

/** How many of every second byte, from `first` on, are zero: in UTF-16 half of those of a western text. */
function zeros(bytes: Uint8Array, first: number): number {
  let count = 0;
  for (let at = first; at < bytes.length; at += 2) if (bytes[at] === 0) count++;
  return count;
}

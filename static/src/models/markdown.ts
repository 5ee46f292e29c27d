/**
 * The part of Markdown that model cards are written in, read into a tree: headings, paragraphs, lists, tables, code,
 * rules; in a line strong and emphasised words, code and links. No HTML: a tag is text like any other.
 */

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "strong" | "em"; children: Inline[] }
  | { kind: "link"; href: string; children: Inline[] };

export type Align = "left" | "right" | "center" | "";

export type Block =
  | { kind: "heading"; level: number; children: Inline[] }
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "list"; ordered: boolean; start: number; items: Block[][] }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "table"; align: Align[]; head: Inline[][]; rows: Inline[][][] }
  | { kind: "code"; text: string }
  | { kind: "rule" };

const FENCE = /^ {0,3}(`{3,}|~{3,})[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})(?: (.*))?$/;
const RULE = /^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/;
const ITEM = /^( {0,3})([-*+]|(\d{1,9})[.)])(\s+)(.*)$/;
const QUOTE = /^ {0,3}> ?/;
const DIVIDER = /^ {0,3}\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const DEEPEST = 8; // lists and quotes within each other: what goes deeper is plain text

export function parse(text: string, depth = 0): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").replaceAll("\t", "    ").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  const line = (ahead = 0): string => lines[at + ahead] ?? "";
  const isTable = () => line().includes("|") && line(1).includes("-") && line(1).includes("|") && DIVIDER.test(line(1));
  const begins = () =>
    FENCE.test(line()) || HEADING.test(line()) || RULE.test(line()) || QUOTE.test(line()) || ITEM.test(line());

  while (at < lines.length) {
    const heading = HEADING.exec(line());
    if (line().trim() === "") {
      at++;
    } else if (FENCE.test(line())) {
      const mark = (FENCE.exec(line())?.[1] ?? "```").slice(0, 3);
      const code: string[] = [];
      for (at++; at < lines.length && !line().trim().startsWith(mark); at++) code.push(line());
      at++;
      blocks.push({ kind: "code", text: code.join("\n") });
    } else if (heading) {
      blocks.push({
        kind: "heading",
        level: heading[1]?.length ?? 1,
        children: inline((heading[2] ?? "").trim().replace(/(^| )#+$/, "")),
      });
      at++;
    } else if (RULE.test(line())) {
      blocks.push({ kind: "rule" });
      at++;
    } else if (isTable()) {
      const head = cells(line()).map((cell) => inline(cell));
      const align = cells(line(1)).map(alignOf);
      const rows: Inline[][][] = [];
      for (at += 2; at < lines.length && line().trim() !== "" && line().includes("|"); at++) {
        const row = cells(line()).map((cell) => inline(cell));
        rows.push(head.map((_, column) => row[column] ?? []));
      }
      blocks.push({ kind: "table", align: head.map((_, column) => align[column] ?? ""), head, rows });
    } else if (QUOTE.test(line()) && depth < DEEPEST) {
      const quoted: string[] = [];
      for (; at < lines.length && QUOTE.test(line()); at++) quoted.push(line().replace(QUOTE, ""));
      blocks.push({ kind: "quote", blocks: parse(quoted.join("\n"), depth + 1) });
    } else if (ITEM.test(line()) && depth < DEEPEST) {
      blocks.push(list());
    } else {
      const words = [line().trim()];
      for (at++; at < lines.length && line().trim() !== "" && !begins() && !isTable(); at++) words.push(line().trim());
      blocks.push({ kind: "paragraph", children: inline(words.join("\n")) });
    }
  }
  return blocks;

  /** Items of one kind; what is indented under an item belongs to it, and so does a line that merely goes on. */
  function list(): Block {
    const first = ITEM.exec(line());
    const ordered = first?.[3] !== undefined;
    const items: Block[][] = [];
    const isItem = () => (RULE.test(line()) ? null : ITEM.exec(line()));
    for (let found = isItem(); found && (found[3] !== undefined) === ordered; found = isItem()) {
      const [, indent = "", sign = "", , gap = "", words = ""] = found;
      const width = indent.length + sign.length + Math.min(gap.length, 4);
      const own = [words];
      for (at++; at < lines.length && belongs(width); at++) own.push(line().trim() && dedent(line(), width));
      items.push(parse(own.join("\n"), depth + 1));
      while (at < lines.length && line().trim() === "" && ITEM.test(line(1))) at++;
    }
    return { kind: "list", ordered, start: Number(first?.[3] ?? 1), items };
  }

  function belongs(width: number): boolean {
    let ahead = 0;
    while (at + ahead < lines.length && line(ahead).trim() === "") ahead++;
    if (line(ahead).search(/\S/) >= width) return true;
    return ahead === 0 && line(-1).trim() !== "" && !begins();
  }
}

const dedent = (line: string, width: number): string => line.slice(Math.min(width, line.search(/\S/)));

/** Of one line of a table; \| is a bar within a cell. */
function cells(line: string): string[] {
  const bare = line.trim().replace(/^\|/, "");
  const parts = bare.split(/(?<!\\)\|/).map((part) => part.trim().replaceAll("\\|", "|"));
  if (parts[parts.length - 1] === "") parts.pop();
  return parts;
}

function alignOf(cell: string): Align {
  const [left, right] = [cell.startsWith(":"), cell.endsWith(":")];
  return left && right ? "center" : right ? "right" : left ? "left" : "";
}

// Each alternative begins with a sign of its own, and none holds another repetition of itself: linear in the text.
const SPANS =
  /\\([!-/:-@[-`{-~])|(`+)(?!`)([^`]+)\2(?!`)|!?\[([^[\]\n]*)\]\(\s*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)?)>?(?:\s+"[^"]*")?\s*\)|<(https?:\/\/[^\s<>]+)>|(\*\*|__)(?=\S)([^*_\n]+?(?:[*_](?![*_])[^*_\n]+?)*)\7|(?<![\w*])([*_])(?=[^\s*_])([^*_\n]*[^\s*_])\9(?!\w)/g;

function inline(text: string, depth = 0): Inline[] {
  const found: Inline[] = [];
  let at = 0;
  const say = (words: string) => {
    if (!words) return;
    const last = found[found.length - 1];
    if (last?.kind === "text") last.text += words;
    else found.push({ kind: "text", text: words });
  };
  const within = (words: string): Inline[] =>
    depth < DEEPEST ? inline(words, depth + 1) : [{ kind: "text", text: words }];
  for (const match of text.matchAll(SPANS)) {
    say(text.slice(at, match.index));
    at = match.index + match[0].length;
    const [whole, escaped, , code, words, target, address, , strong, , em] = match;
    if (escaped !== undefined) say(escaped);
    else if (code !== undefined) found.push({ kind: "code", text: code.trim() || code });
    else if (address !== undefined)
      found.push({ kind: "link", href: address, children: [{ kind: "text", text: address }] });
    else if (target !== undefined && words !== undefined) {
      const href = whole.startsWith("!") ? null : safe(target); // a picture is its words: nothing is fetched
      if (href) found.push({ kind: "link", href, children: within(words) });
      else for (const part of within(words)) part.kind === "text" ? say(part.text) : found.push(part);
    } else if (strong !== undefined) found.push({ kind: "strong", children: within(strong) });
    else if (em !== undefined) found.push({ kind: "em", children: within(em) });
  }
  say(text.slice(at));
  return found;
}

/** An address on the web, as it stands; null for anything else (scripts, files, places on this server). */
function safe(target: string): string | null {
  return /^https?:\/\/[^\s]+$/i.test(target) && URL.canParse(target) ? target : null;
}

/** The words of a line without their marks. */
export const plain = (children: readonly Inline[]): string =>
  children.map((child) => ("children" in child ? plain(child.children) : child.text)).join("");

/** The first paragraphs of a card: what it says of itself before its first further heading or table. */
export function opening(blocks: readonly Block[], most = 2): Block[] {
  const from = blocks.findIndex(({ kind }) => kind !== "heading");
  if (from < 0) return [];
  const rest = blocks.slice(from);
  const end = rest.findIndex(({ kind }) => kind !== "paragraph");
  return rest.slice(0, Math.min(end < 0 ? rest.length : Math.max(end, 1), most));
}

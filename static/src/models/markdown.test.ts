import { describe, expect, it } from "vitest";
import { type Block, opening, parse, plain } from "./markdown";

const text = (words: string) => ({ kind: "text", text: words });
const lineOf = (words: string) => {
  const [block] = parse(words);
  if (block?.kind !== "paragraph") throw new Error(`not a paragraph: ${JSON.stringify(block)}`);
  return block.children;
};
const kinds = (blocks: Block[]) => blocks.map(({ kind }) => kind);

describe("a card", () => {
  it("is headings, paragraphs, lists, tables, code and rules", () => {
    const card =
      "# One\nwords\nthat go on\n\n## Two\n- a\n- b\n\n1. c\n\n```\nx | y\n```\n---\n| h |\n|---|\n| v |\n> said";
    expect(kinds(parse(card))).toEqual([
      "heading",
      "paragraph",
      "heading",
      "list",
      "list",
      "code",
      "rule",
      "table",
      "quote",
    ]);
  });

  it("keeps a heading's level and drops its closing signs", () => {
    expect(parse("### Limits ##")).toEqual([{ kind: "heading", level: 3, children: [text("Limits")] }]);
    expect(parse("#hash")).toEqual([{ kind: "paragraph", children: [text("#hash")] }]);
  });

  it("leaves HTML what it is: text", () => {
    expect(lineOf('<img src=x onerror="alert(1)"> <b>bold</b>')).toEqual([
      text('<img src=x onerror="alert(1)"> <b>bold</b>'),
    ]);
  });

  it("takes code as it stands, to the end where no fence closes it", () => {
    expect(parse("```sh\n# not a heading\n  **two**\n")).toEqual([
      { kind: "code", text: "# not a heading\n  **two**\n" },
    ]);
  });

  it("has a table with alignment, a cell for each head, and bars within cells", () => {
    expect(parse("| what | n |\n|:--|--:|\n| a\\|b | 1 |\n| c |\n\nafter")[0]).toEqual({
      kind: "table",
      align: ["left", "right"],
      head: [[text("what")], [text("n")]],
      rows: [
        [[text("a|b")], [text("1")]],
        [[text("c")], []],
      ],
    });
  });

  it("takes a line with a bar for words where no divider follows", () => {
    expect(kinds(parse("a | b\nc | d"))).toEqual(["paragraph"]);
  });

  it("puts what is indented into its list item, and further lists too", () => {
    const [list, rest] = parse("- one\n  goes on\n  - inner\n- two\n\n  a paragraph of two\n\nafter");
    if (list?.kind !== "list") throw new Error("no list");
    expect(list.items.map(kinds)).toEqual([
      ["paragraph", "list"],
      ["paragraph", "paragraph"],
    ]);
    expect(rest).toEqual({ kind: "paragraph", children: [text("after")] });
  });

  it("counts an ordered list from its first number", () => {
    expect(parse("3. c\n4. d")[0]).toMatchObject({ kind: "list", ordered: true, start: 3 });
  });

  it("goes so deep and no deeper, where lists and quotes stand in each other", () => {
    const depth = (blocks: Block[]): number =>
      Math.max(
        0,
        ...blocks.map((block) =>
          block.kind === "quote" ? 1 + depth(block.blocks) : block.kind === "list" ? 1 + depth(block.items.flat()) : 0,
        ),
      );
    expect(depth(parse(`${"> ".repeat(500)}x`))).toBe(8);
    expect(depth(parse(`${"- ".repeat(500)}x`))).toBe(8);
  });
});

describe("a line of a card", () => {
  it("has strong and emphasised words and code", () => {
    expect(lineOf("**It learnt** *from* `ml/simulator`.")).toEqual([
      { kind: "strong", children: [text("It learnt")] },
      text(" "),
      { kind: "em", children: [text("from")] },
      text(" "),
      { kind: "code", text: "ml/simulator" },
      text("."),
    ]);
  });

  it("takes signs for signs within words and among numbers", () => {
    expect(lineOf("decode_temperature and 3 * 4 * 5 and \\*this\\*")).toEqual([
      text("decode_temperature and 3 * 4 * 5 and *this*"),
    ]);
  });

  it("does not read marks within code", () => {
    expect(lineOf("`a **b** c`")).toEqual([{ kind: "code", text: "a **b** c" }]);
  });

  it("links to the web and nowhere else", () => {
    expect(lineOf("[paper](https://arxiv.org/abs/2407.00129)")).toEqual([
      { kind: "link", href: "https://arxiv.org/abs/2407.00129", children: [text("paper")] },
    ]);
    for (const target of [
      "javascript:alert(1)",
      "JAVASCRIPT:alert(1)",
      "data:text/html,x",
      "/people/",
      "//evil.example",
    ]) {
      expect(lineOf(`[words](${target})`)).toEqual([text("words")]);
    }
  });

  it("shows a picture's words and fetches nothing", () => {
    expect(lineOf("![a plot](https://evil.example/x.png)")).toEqual([text("a plot")]);
  });

  it("is plain words where only those are wanted", () => {
    expect(plain(lineOf("**It** `reads` [films](https://a.example)"))).toBe("It reads films");
  });
});

describe("the first lines of a card", () => {
  it("are its first paragraphs, without the heading before them", () => {
    const card = "# Name\n\nFirst.\n\nSecond.\n\nThird.\n\n## More\n\nFourth.";
    expect(opening(parse(card)).map((block) => block.kind === "paragraph" && plain(block.children))).toEqual([
      "First.",
      "Second.",
    ]);
    expect(opening(parse("# Name\n\nFirst.\n\n| a |\n|---|\n\nLater."))).toHaveLength(1);
  });

  it("are what stands there where no paragraph does, and nothing where nothing stands", () => {
    expect(kinds(opening(parse("# Name\n- a\n- b")))).toEqual(["list"]);
    expect(opening(parse("# Name"))).toEqual([]);
  });
});

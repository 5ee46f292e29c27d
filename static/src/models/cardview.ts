/** A model card on the page: elements made of its tree, so that nothing of it is ever read as HTML. */
import { el } from "../lib/dom";
import { type Block, type Inline, plain } from "./markdown";

type Heading = "h3" | "h4" | "h5" | "h6";

/** The card's first level stands as h3, under the page's own headings. */
export const card = (blocks: readonly Block[]): HTMLElement => el("div", { class: "card-text" }, ...blocks.map(block));

function block(one: Block): HTMLElement {
  switch (one.kind) {
    case "heading":
      return el(`h${Math.min(one.level + 2, 6)}` as Heading, {}, ...spans(one.children));
    case "paragraph":
      return el("p", {}, ...spans(one.children));
    case "quote":
      return el("blockquote", {}, ...one.blocks.map(block));
    case "code":
      return el("pre", { tabindex: 0 }, el("code", {}, one.text));
    case "rule":
      return el("hr");
    case "list": {
      const items = one.items.map((blocks) => el("li", {}, ...item(blocks)));
      return one.ordered ? el("ol", { start: one.start === 1 ? null : one.start }, ...items) : el("ul", {}, ...items);
    }
    case "table":
      return table(one);
  }
}

/** A list item that is one paragraph stands without its own space around it. */
function item(blocks: readonly Block[]): Node[] {
  const [first, ...rest] = blocks;
  const head = first?.kind === "paragraph" ? spans(first.children) : first ? [block(first)] : [];
  return [...head, ...rest.map(block)];
}

function table({ align, head, rows }: Extract<Block, { kind: "table" }>): HTMLElement {
  const place = (at: number) => (align[at] === "right" ? "num" : align[at] === "center" ? "middle" : null);
  return el(
    "div",
    {
      class: "scroll",
      tabindex: 0,
      role: "region",
      "aria-label": `Table: ${head.map(plain).filter(Boolean).join(", ")}`,
    },
    el(
      "table",
      { class: "table" },
      el(
        "thead",
        {},
        el("tr", {}, ...head.map((cell, at) => el("th", { scope: "col", class: place(at) }, ...spans(cell)))),
      ),
      el(
        "tbody",
        {},
        ...rows.map((cells) =>
          el("tr", {}, ...cells.map((cell, at) => el("td", { class: place(at) }, ...spans(cell)))),
        ),
      ),
    ),
  );
}

function spans(children: readonly Inline[]): Node[] {
  return children.map((child) => {
    switch (child.kind) {
      case "text":
        return document.createTextNode(child.text);
      case "code":
        return el("code", {}, child.text);
      case "link":
        return el("a", { href: child.href, rel: "noopener noreferrer nofollow" }, ...spans(child.children));
      default:
        return el(child.kind, {}, ...spans(child.children));
    }
  });
}

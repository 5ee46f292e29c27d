/** API tokens: named, of a scope, for so many days; a new one is shown once. */
import { api } from "../lib/api";
import { el } from "../lib/dom";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { ask } from "../parts/ask";
import { code, table, when } from "./pieces";
import type { MadeToken, Scope, Token } from "./types";

const TOKENS = "/api/v1/tokens/";
const SCOPES: Record<Scope, string> = { releases: "releases only", all: "everything you can do" };

export class Tokens {
  constructor(
    private readonly host: HTMLElement,
    private readonly shown: HTMLElement,
    /** The secret of a token that was just made, "" when it is gone again. */
    private readonly made: (secret: string) => void,
  ) {}

  async load(): Promise<void> {
    const tokens = await api<Token[]>("GET", TOKENS);
    this.host.replaceChildren(
      tokens.length > 0
        ? this.table(tokens)
        : el(
            "p",
            { class: "soft" },
            "You have no token yet. Make one for each program, so that you can end one without the others.",
          ),
    );
  }

  /** Makes one and shows its secret; raises Problem. */
  async make(name: string, scope: Scope, days: number): Promise<void> {
    const token = await api<MadeToken>("POST", TOKENS, { name, scope, days });
    const hide = el("button", { class: "button tiny", type: "button" }, "I have copied it");
    const box = el(
      "div",
      { class: "notice", role: "alert", "data-secret": true },
      el("strong", {}, `Copy “${token.name || "the token"}” now: it is shown this once.`),
      code(token.token, "the token"),
      el(
        "p",
        { class: "small soft" },
        "It stands in the lines below too, until you leave this page. Whoever has it can do this in your name; keep it out of repositories.",
      ),
      hide,
    );
    hide.addEventListener("click", () => {
      this.shown.replaceChildren();
      this.made("");
    });
    this.shown.replaceChildren(box);
    this.made(token.token);
    await this.load();
  }

  private table(tokens: readonly Token[]): HTMLElement {
    return table(
      [
        { name: "Token" },
        { name: "May" },
        { name: "Made" },
        { name: "Ends" },
        { name: "Delete", unseen: true, num: true },
      ],
      tokens.map((token) => ({
        attributes: { "data-token": token.key },
        cells: [
          [token.name || "without a name", " ", el("span", { class: "mono small soft" }, `${token.key}…`)],
          [SCOPES[token.scope] ?? token.scope],
          [when(token.created)],
          [token.expiry ? when(token.expiry) : "never"],
          [this.remove(token)],
        ],
      })),
      "Your API tokens",
    );
  }

  private remove({ key, name }: Token): HTMLElement {
    const called = name || key;
    const button = el(
      "button",
      { class: "button tiny bad", type: "button", "aria-label": `Delete ${called}` },
      "Delete",
    );
    button.addEventListener("click", async () => {
      const sure = await ask({
        title: `Delete “${called}”?`,
        body: [el("p", {}, "Programs that use it are refused at once. What they have downloaded stays theirs.")],
        yes: "Delete",
        no: "Keep it",
      });
      if (!sure) return;
      try {
        await api("DELETE", `${TOKENS}${key}/`);
        toast(`“${called}” no longer works.`);
        await this.load();
      } catch (error) {
        toast(Problem.of(error).words, "bad");
      }
    });
    return button;
  }
}

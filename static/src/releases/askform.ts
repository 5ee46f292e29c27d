/** A dialog that asks for words before something is done; what was typed stays there when the server refuses. */
import { el } from "../lib/dom";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";

export interface Wanted {
  name: string;
  label: string;
  kind: "text" | "lines" | "password";
  hint?: string;
  required?: boolean;
  most?: number; // signs
}

export interface AskedFor {
  title: string;
  body: (Node | string)[];
  fields: Wanted[];
  yes: string;
  no?: string;
  /** Does it; a refusal is shown in the dialog. */
  send: (answers: Record<string, string>) => Promise<void>;
}

let asked = 0;

/** Gives whether it was done. */
export function askFor({ title, body, fields, yes, no = "Cancel", send }: AskedFor): Promise<boolean> {
  return new Promise((resolve) => {
    const id = `asked-for-${++asked}`;
    let done = false;
    const boxes = fields.map((field) => ({ field, box: boxOf(field, `${id}-${field.name}`) }));
    const refused = el("div", { "data-refused": true });
    const agree = el("button", { class: "button main", type: "submit", "data-yes": true }, yes);
    const leave = el("button", { class: "button", type: "button" }, no);
    const form = el(
      "form",
      { class: "dialog-body", autocomplete: "off" },
      ...body,
      ...boxes.map(({ field, box }) => fieldOf(field, box)),
      refused,
      el("div", { class: "row" }, agree, leave),
    );
    const dialog = el(
      "dialog",
      { class: "asked", "aria-labelledby": id },
      el("div", { class: "dialog-head" }, el("h2", { id }, title)),
      form,
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      agree.disabled = true;
      refused.replaceChildren();
      try {
        await send(
          Object.fromEntries(
            boxes.map(({ field, box }) => [field.name, field.kind === "password" ? box.value : box.value.trim()]),
          ),
        );
        done = true;
        dialog.close();
      } catch (error) {
        refused.replaceChildren(notice(Problem.of(error).data));
        agree.disabled = false;
        const secret = boxes.find(({ field }) => field.kind === "password")?.box;
        if (secret && Problem.of(error).data.type?.endsWith("/wrong-password")) secret.select();
      }
    });
    leave.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(done);
    });
    document.body.append(dialog);
    dialog.showModal();
    (boxes[0]?.box ?? leave).focus();
  });
}

function boxOf({ kind, required, most, name }: Wanted, id: string): HTMLInputElement | HTMLTextAreaElement {
  const common = { id, name, required, maxlength: most ?? 2000 };
  if (kind === "lines") return el("textarea", { ...common, rows: 3 });
  const autocomplete = kind === "password" ? "current-password" : "off";
  return el("input", { ...common, type: kind, autocomplete });
}

function fieldOf({ label, hint, required }: Wanted, box: HTMLElement): HTMLElement {
  if (hint) box.setAttribute("aria-describedby", `${box.id}-hint`);
  return el(
    "div",
    { class: "field" },
    el("label", { for: box.id }, label, !required && el("span", { class: "hint" }, " (may be blank)")),
    box,
    hint && el("p", { class: "hint", id: `${box.id}-hint` }, hint),
  );
}

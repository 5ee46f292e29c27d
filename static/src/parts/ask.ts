/** Asks before something is done that cannot be undone, in words that say exactly what will happen. */
import { el } from "../lib/dom";

export interface Asked {
  title: string;
  body: (Node | string)[];
  yes: string;
  no: string;
}

export function ask({ title, body, yes, no }: Asked): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = false;
    const agree = el("button", { class: "button main", type: "button", "data-yes": true }, yes);
    const leave = el("button", { class: "button", type: "button" }, no);
    const dialog = el(
      "dialog",
      { class: "asked", "aria-labelledby": "asked-title" },
      el("div", { class: "dialog-head" }, el("h2", { id: "asked-title" }, title)),
      el("div", { class: "dialog-body" }, ...body, el("div", { class: "row" }, agree, leave)),
    );
    agree.addEventListener("click", () => {
      answer = true;
      dialog.close();
    });
    leave.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    leave.focus(); // Enter alone does nothing that stays
  });
}

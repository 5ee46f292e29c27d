/** Asks before something that everybody feels, in words that say exactly what will happen, with one's password. */
import { el } from "../lib/dom";
import { Problem } from "../lib/problem";

export interface Confirmed {
  password: string;
  reason: string;
}

export interface Confirmation {
  title: string;
  body: (Node | string)[];
  yes: string;
  reason: { label: string; needed: boolean; least?: number };
  send: (confirmed: Confirmed) => Promise<void>;
}

const MOST = 1000; // characters of a reason

/** Stays open while it is refused (a wrong password, a reason too short) and says why; gives whether it was done. */
export function confirmByPassword({ title, body, yes, reason, send }: Confirmation): Promise<boolean> {
  return new Promise((resolve) => {
    let done = false;
    const why = el("textarea", {
      id: "confirm-reason",
      rows: 2,
      maxlength: MOST,
      required: reason.needed,
      minlength: reason.needed ? (reason.least ?? 1) : null,
    });
    const password = el("input", {
      id: "confirm-password",
      type: "password",
      autocomplete: "current-password",
      required: true,
    });
    const said = el("p", { class: "notice bad", role: "alert", hidden: true });
    const agree = el("button", { class: "button main", type: "submit", "data-yes": true }, yes);
    const leave = el("button", { class: "button", type: "button" }, "Leave it as it is");
    const form = el(
      "form",
      { class: "dialog-body confirm" },
      ...body,
      el("div", { class: "field" }, el("label", { for: why.id }, reason.label), why),
      el("div", { class: "field" }, el("label", { for: password.id }, "Your password"), password),
      said,
      el("div", { class: "row" }, agree, leave),
    );
    const dialog = el(
      "dialog",
      { class: "asked", "aria-labelledby": "confirm-title" },
      el("div", { class: "dialog-head" }, el("h2", { id: "confirm-title" }, title)),
      form,
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      agree.disabled = true;
      said.hidden = true;
      try {
        await send({ password: password.value, reason: why.value.trim() });
        done = true;
        dialog.close();
      } catch (error) {
        said.textContent = Problem.of(error).words;
        said.hidden = false;
        agree.disabled = false;
        password.value = "";
        password.focus();
      }
    });
    leave.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(done);
    });
    document.body.append(dialog);
    dialog.showModal();
    (reason.needed ? why : password).focus();
  });
}

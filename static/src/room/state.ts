/** What stands on the viewport while there is no film to show: how far it is, why it waits, or why it was refused. */
import { el } from "../lib/dom";
import { notice } from "../lib/notice";
import type { CaseData } from "../lib/types";

/** The message for a case without a film to show, or null. */
export function stateMessage(data: CaseData): HTMLElement | null {
  if (data.film) return null;
  switch (data.state) {
    case "receiving":
      return notice({ title: "The film is still being sent.", detail: "It opens here as soon as it is in." }, "");
    case "ingesting":
      return notice(
        {
          title: "The film is being taken in.",
          detail: "It is checked, and everything that names the patient is removed.",
        },
        "",
      );
    case "confirming":
      return notice(
        { title: "The report waits for its owner.", detail: "The owner must confirm that it names nobody." },
        "",
      );
    case "quarantined":
      return notice(
        data.problem ?? { title: "A faculty member or admin looks at this film first.", detail: "It may show words." },
        "",
      );
    case "refused":
      return notice(
        data.problem ?? { title: "This film was not taken in." },
        "bad",
        el("a", { class: "button", href: "/cases/new/" }, "Upload another file"),
      );
    default:
      return notice({ title: "There is no film here." });
  }
}

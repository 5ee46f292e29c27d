/** On every page: the help overlay and the keys that work everywhere. */
import { bar } from "../lib/bar";
import { demoLine } from "../lib/demoline";
import { addKeys, listen, openHelp } from "../lib/keys";

const go = (url: string) => () => window.location.assign(url);

addKeys({ keys: ["?"], group: "Everywhere", what: "This list", run: openHelp });
if (document.body.dataset.user) {
  addKeys({ keys: ["Shift+h"], group: "Everywhere", what: "Home", run: go("/") });
  addKeys({ keys: ["Shift+l"], group: "Everywhere", what: "Library", run: go("/cases/") });
  addKeys({ keys: ["Shift+u"], group: "Everywhere", what: "Upload", run: go("/cases/new/") });
}
listen();
bar();
demoLine();
for (const button of document.querySelectorAll("[data-help]")) button.addEventListener("click", openHelp);
const dialog = document.querySelector<HTMLDialogElement>("[data-help-dialog]");
dialog?.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});

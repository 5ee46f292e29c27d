/**
 * A list that stands at the page's own address: filters go into it, news bring the list again as the address asks for
 * it, and a list that did not come is said. Going back in history is the browser's (and htmx loads the page anew).
 */
import htmx from "htmx.org";
import { toast } from "../lib/toast";

const SOON_MS = 400; // several changes at once are one refresh

/** Of what htmx tells with its events. */
interface Asked {
  elt: Element;
  target: Element;
  parameters: Record<string, unknown>;
  pathInfo: { finalRequestPath: string };
  xhr: XMLHttpRequest;
}

export class LiveList {
  private due = 0;
  private busy = false;
  private again = false; // something changed while the list was on its way

  constructor(private readonly host: HTMLElement) {
    this.on("htmx:configRequest", ({ parameters }) => {
      for (const name of [...Object.keys(parameters)]) if (parameters[name] === "") delete parameters[name];
    });
    this.on("htmx:beforeRequest", ({ elt, pathInfo }, event) => {
      // A box that is left without a change asks once more; Back would then seem to do nothing.
      if (elt !== host && pathInfo.finalRequestPath === location.pathname + location.search) event.preventDefault();
      else this.busy = true;
    });
    this.on("htmx:afterRequest", () => {
      this.busy = false;
      if (this.again) this.refresh();
    });
    this.on("htmx:sendError", () => toast("The list did not come: no connection. What you see may be old.", "bad"));
    this.on("htmx:responseError", ({ xhr }) =>
      toast(`The list did not come: the server answered ${xhr.status}.`, "bad"),
    );
  }

  /** The number of the last event that the list was made after: what came since is news, however late the line stands. */
  get seen(): number {
    return Number(this.host.dataset.seen);
  }

  /** Soon, and not while another request for it is on its way. */
  refresh(): void {
    if (this.due) return;
    this.due = window.setTimeout(() => {
      this.due = 0;
      this.again = this.busy;
      if (this.busy) return;
      const put = { target: this.host, source: this.host };
      htmx.ajax("get", location.pathname + location.search, put).catch(() => undefined); // its events have told
    }, SOON_MS);
  }

  private on(name: string, listener: (asked: Asked, event: Event) => void): void {
    document.addEventListener(name, (event) => {
      const asked = (event as CustomEvent<Asked>).detail;
      if (asked.target === this.host) listener(asked, event);
    });
  }
}

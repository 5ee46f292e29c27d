/** The bar at the top: its menu on narrow screens, and the choice of a role for those who hold several. */

export function bar(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-menu]");
  const nav = document.querySelector<HTMLElement>(".bar nav");
  if (button && nav) {
    const open = (yes: boolean) => {
      button.setAttribute("aria-expanded", String(yes));
      nav.classList.toggle("open", yes);
    };
    button.addEventListener("click", () => open(button.getAttribute("aria-expanded") !== "true"));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !nav.classList.contains("open")) return;
      open(false);
      button.focus();
    });
    document.addEventListener("pointerdown", (event) => {
      if (event.target instanceof Node && !nav.contains(event.target) && !button.contains(event.target)) open(false);
    });
  }
  const role = document.querySelector<HTMLFormElement>("[data-role]");
  role?.addEventListener("change", () => role.submit());
}

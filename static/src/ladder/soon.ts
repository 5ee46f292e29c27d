/** Something to do after a while, once, however often it is asked for until then. */
export class Soon {
  private due = false;

  constructor(
    private readonly run: () => void,
    private readonly wait: () => number, // ms
  ) {}

  ask(): void {
    if (this.due) return;
    this.due = true;
    setTimeout(() => {
      this.due = false;
      this.run();
    }, this.wait());
  }
}

import { expect, test } from "vitest";
import { kindOf } from "./outcome";

test("of a film that one rates it is said why there is no predicted reading, not that none was made", () => {
  expect(kindOf("A report.", true).none).toMatch(/^Closed while you rate this film/);
  expect(kindOf("A report.", false).none).toBe("No reading has been predicted yet.");
});

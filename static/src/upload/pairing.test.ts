import { expect, test } from "vitest";
import { pair, stem } from "./pairing";

const file = (name: string, type = ""): File => new File(["x"], name, { type });

test("a report belongs to the film of the same name, whatever the case of its letters", () => {
  const { films, reports } = pair([file("Chest.DCM"), file("CHEST.TXT"), file("other.png", "image/png")]);
  expect(films.map((film) => film.name)).toEqual(["Chest.DCM", "other.png"]);
  expect(reports.get(stem("Chest.DCM"))?.name).toBe("CHEST.TXT");
  expect(reports.get(stem("other.png"))).toBeUndefined();
});

test("only the last ending is cut off a name", () => {
  expect(stem("a.b.dcm")).toBe("a.b");
  expect(stem("no ending")).toBe("no ending");
});

test("plain text by its type is a report even without an ending, and text in a film's name is none", () => {
  const { films, reports } = pair([file("report", "text/plain"), file("film.txt.png", "image/png")]);
  expect([...reports.keys()]).toEqual(["report"]);
  expect(films).toHaveLength(1);
});

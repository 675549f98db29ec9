import t from "tap";
import { details } from "../../../cli/output/details.ts";
import { type Column, listing, OUTPUT_FORMATS } from "../../../cli/output/listing.ts";
import { render } from "../../../cli/output/render.ts";

interface Animal {
  readonly name: string;
  readonly legs: number;
}

const COLUMNS: readonly Column<Animal>[] = [
  { heading: "NAME", text: ({ name }) => name },
  { heading: "LEGS", text: ({ legs }) => String(legs), wide: true },
];
const ANIMALS: readonly Animal[] = [
  { name: "ox", legs: 4 },
  { name: "ostrich", legs: 2 },
];

t.test("a table has headings, aligned columns and nothing else; wide shows more", async (t) => {
  const shown = (format: (typeof OUTPUT_FORMATS)[number]) =>
    render(format, listing(format, COLUMNS, ANIMALS, ANIMALS));
  t.equal(shown("table"), "NAME\nox\nostrich\n");
  t.equal(shown("wide"), "NAME     LEGS\nox       4\nostrich  2\n");
  t.same(JSON.parse(shown("json")), ANIMALS);
  t.equal(shown("yaml"), "- name: ox\n  legs: 4\n- name: ostrich\n  legs: 2\n");
});

t.test("an empty listing still has its headings", async (t) => {
  t.equal(render("table", listing("table", COLUMNS, [], [])), "NAME\n");
});

t.test("details leave out what is not known", async (t) => {
  const shown = details({ a: 1, b: undefined, c: "", d: new Date(0), e: { x: 1 }, f: false }, {});
  t.same(shown.cells, [
    ["a", "1"],
    ["d", "1970-01-01T00:00:00.000Z"],
    ["e", '{"x":1}'],
    ["f", "false"],
  ]);
});

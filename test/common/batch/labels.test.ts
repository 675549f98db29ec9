import t from "tap";
import { canonicalLabels, isLabelsText, LABELS_MAX, parseLabels } from "../../../common/batch/labels.ts";

t.test("equal labels give equal text, whatever order they came in", async (t) => {
  t.equal(canonicalLabels({ b: "2", a: "1" }), '{"a":"1","b":"2"}');
  t.equal(canonicalLabels({ a: "1", b: "2" }), canonicalLabels({ b: "2", a: "1" }));
});

t.test("integer-like keys keep their code-unit place", async (t) => {
  t.equal(canonicalLabels({ "9": "x", "!": "y" }), '{"!":"y","9":"x"}');
});

t.test("no labels are the empty text", async (t) => {
  t.equal(canonicalLabels({}), "");
  t.same(parseLabels(""), {});
});

t.test("labels come back", async (t) => {
  const labels = { 'qu"ote': "back\\slash", "": "emptyKey", __proto_: "plain" };
  t.same(parseLabels(canonicalLabels(labels)), labels);
});

t.test("what labels become is labels text", async (t) => {
  const most = Object.fromEntries(
    Array.from({ length: LABELS_MAX }, (_, i) => [`${i}`.padEnd(64, "k"), "\n".repeat(64)]),
  );
  for (const labels of [{ a: "1" }, { a: "" }, { ["__proto__"]: "1" }, { "€": "€" }, most]) {
    t.ok(isLabelsText(canonicalLabels(labels)), JSON.stringify(labels).slice(0, 40));
  }
});

t.test("no other text is", async (t) => {
  const long = canonicalLabels({ key: "€".repeat(22) });
  const many = canonicalLabels(
    Object.fromEntries(Array.from({ length: LABELS_MAX + 1 }, (_, i) => [`k${i}`, "v"])),
  );
  const shape = [
    "{",
    "null",
    "1",
    '"a"',
    "[]",
    "{}",
    '["a"]',
    '{"a":1}',
    '{"a":{}}',
    '{"a":null}',
    '{"":"v"}',
  ];
  const spelling = ['{"b":"2","a":"1"}', '{ "a":"1"}', '{"a":"1","a":"1"}', '{"\\u0061":"1"}'];
  for (const text of [...shape, ...spelling, long, many]) t.notOk(isLabelsText(text), text.slice(0, 40));
});

import t from "tap";
import { canonicalLabels, parseLabels } from "../../../common/batch/labels.ts";

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

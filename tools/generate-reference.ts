// npm run generate, second part: writes the reference pages that are made from the code.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./command.ts";
import { ERROR_REFERENCE_PATH, errorReference } from "./error-reference.ts";

writeFileSync(join(ROOT, ERROR_REFERENCE_PATH), errorReference());

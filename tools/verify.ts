// npm run verify [-- types lint …]: changes nothing, exits 1 unless every check holds.
import { formatCheck, runChecks } from "./checks.ts";

const results = await runChecks((result) => console.log(formatCheck(result)), process.argv.slice(2));
const failed = results.filter(({ ok }) => !ok).length;
console.log(`${results.length - failed} checks hold, ${failed} failed`);
process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;

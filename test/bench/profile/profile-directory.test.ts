import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { PROCESSES_FILE, profileFiles } from "../../../bench/profile/profile-directory.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

t.test("profiles are named for the process and thread they are of", async (t) => {
  const directory = temporaryDirectory(t);
  const files = [
    "CPU.20261123.013131.7.0.001.cpuprofile",
    "CPU.20261123.013131.7.1.002.cpuprofile",
    "CPU.0.0.9.0.1.cpuprofile",
  ];
  for (const file of [...files, "notes.txt"]) writeFileSync(join(directory, file), "");
  writeFileSync(join(directory, PROCESSES_FILE), '{"pid":7,"name":"madrid-1"}\n{"pid":8,"name":"wan"}\n');
  t.same(
    new Set(profileFiles(directory).map(({ thread }) => thread)),
    new Set(["madrid-1", "madrid-1 thread 1", "process 9"]),
  );
});

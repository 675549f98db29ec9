#!/usr/bin/env node
// Plain JavaScript, so that any Node can read it as far as the version check.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `harborpoint needs Node 22.18 or newer, and this is Node ${process.versions.node}.\n` +
      "The right one comes with the project's dependencies: in the checkout run\n" +
      "  npm start                    the demo, installs what it needs first\n" +
      "  npx harborpoint <command>    any other command, once installed\n",
  );
  process.exit(1);
}

// A node syncs many files at once, each in a thread of libuv's pool, which takes its size on first use.
process.env.UV_THREADPOOL_SIZE ??= "16";

await import("./main.ts");

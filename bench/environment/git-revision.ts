import { execFileSync } from "node:child_process";

/** Short hash of the checkout's commit, with "+" when there are changes on top of it; "" outside a checkout. */
export function gitRevision(directory: string): string {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", directory, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  try {
    const hash = git("rev-parse", "--short=12", "HEAD").trim();
    return git("status", "--porcelain").trim() === "" ? hash : `${hash}+`;
  } catch {
    return "";
  }
}

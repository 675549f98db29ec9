/** A way in which the configuration contradicts itself, or what is already on disk. */
export type Finding = {
  /** An error keeps the service from starting; a warning stays in the list of problems. */
  readonly severity: "error" | "warning";
  /** Stable upper-case name. */
  readonly code: string;
  /** One sentence with the numbers that contradict each other. */
  readonly message: string;
};

/** A finding that keeps the service from starting. */
export function violation(code: string, message: string): Finding {
  return { severity: "error", code, message };
}

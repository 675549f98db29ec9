/** Names of a generated enum's members. */
type NameOf<E> = Extract<keyof E, string>;

/** Name of an enum's number, without the enum's prefix; "UNSPECIFIED" for numbers this build does not know. */
export function enumName<E extends Readonly<Record<string, number>>>(
  members: E,
  value: number,
): NameOf<E> | "UNSPECIFIED" {
  for (const name of Object.keys(members)) {
    if (members[name] === value) return name as NameOf<E>;
  }
  return "UNSPECIFIED";
}

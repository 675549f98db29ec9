/** Name of an enum's value; the number itself when this program does not know it. */
export function nameOf(members: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(members).find((name) => members[name] === value) ?? String(value);
}

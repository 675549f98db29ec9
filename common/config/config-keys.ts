import type { z } from "zod";

/** One setting: a leaf of a configuration schema with the names it goes by. */
export interface ConfigKey {
  /** Names of the nested objects and of the setting, such as ["wal", "segmentBytesMax"]. */
  readonly path: readonly string[];
  /** Name in messages and listings, such as "wal.segmentBytesMax". */
  readonly name: string;
  /** Command-line flag, such as "--wal-segment-bytes-max". */
  readonly flag: string;
  /** Environment variable, such as "HARBORPOINT_WAL_SEGMENT_BYTES_MAX". */
  readonly variable: string;
  /** How a text from a flag or the environment becomes a value. */
  readonly form: ConfigForm;
  /** What the schema says about it; "" when it says nothing. */
  readonly description: string;
}

/** Plain text, a number, true or false, or YAML for everything that has structure. */
export type ConfigForm = "text" | "number" | "boolean" | "yaml";

/** Prefix of every environment variable of ours. */
export const VARIABLE_PREFIX = "HARBORPOINT_";

/** All settings of a schema, in its order. Nested strict objects become longer names. */
export function configKeys(schema: z.ZodObject, path: readonly string[] = []): ConfigKey[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const fieldPath = [...path, name];
    const type = unwrap(field as z.ZodType);
    return isObject(type) ? configKeys(type, fieldPath) : [configKey(fieldPath, field as z.ZodType, type)];
  });
}

function configKey(path: readonly string[], field: z.ZodType, type: z.ZodType): ConfigKey {
  const words = path.flatMap((part) => part.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
  return {
    path,
    name: path.join("."),
    flag: `--${words.join("-")}`,
    variable: VARIABLE_PREFIX + words.join("_").toUpperCase(),
    form: formOf(type),
    description: field.description ?? type.description ?? "",
  };
}

/** The type below defaults and optionals. */
function unwrap(type: z.ZodType): z.ZodType {
  const { def } = type as z.ZodDefault | z.ZodOptional | z.ZodPrefault;
  const wraps = def.type === "default" || def.type === "optional" || def.type === "prefault";
  return wraps ? unwrap(def.innerType as z.ZodType) : type;
}

function isObject(type: z.ZodType): type is z.ZodObject {
  return type.def.type === "object";
}

const FORM_BY_TYPE: Partial<Record<z.ZodType["def"]["type"], ConfigForm>> = {
  string: "text",
  enum: "text",
  literal: "text",
  number: "number",
  int: "number",
  boolean: "boolean",
};

function formOf(type: z.ZodType): ConfigForm {
  return FORM_BY_TYPE[type.def.type] ?? "yaml";
}

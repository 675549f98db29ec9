import { createReadStream } from "node:fs";
import { CsvError, parse } from "csv-parse";
import { JOURNAL_COLUMNS, type JournalLine } from "./journal-line.ts";

/** Outcomes of all lines are kept in memory. */
const LINES_MAX = 5_000_000;

/** The file is no journal: it cannot be read, or its form is wrong. Nothing of it was applied. */
export class JournalError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "JournalError";
  }
}

type CsvRecord = Record<(typeof JOURNAL_COLUMNS)[number], string>;

/**
 * Reads a whole journal. The form is checked here, before anything is applied: header, number of
 * columns, one `seq` per line. What the fields mean is not.
 * @throws JournalError
 */
export async function readJournal(path: string): Promise<JournalLine[]> {
  const lines: JournalLine[] = [];
  const seen = new Set<number>();
  const parser = createReadStream(path)
    .on("error", (error) => parser.destroy(error))
    .pipe(parse({ bom: true, columns: checkedHeader, skip_empty_lines: true, info: true }));
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: CsvRecord;
      info: { lines: number };
    }>) {
      const line = lineOf(record, info.lines);
      if (seen.has(line.seq)) throw new JournalError(`line ${info.lines}: seq ${line.seq} was used before`);
      if (lines.length >= LINES_MAX) throw new JournalError(`more than ${LINES_MAX} lines`);
      seen.add(line.seq);
      lines.push(line);
    }
  } catch (error) {
    throw journalError(path, error);
  }
  if (lines.length === 0) throw new JournalError(`${path}: the journal is empty`);
  return lines;
}

function checkedHeader(header: string[]): string[] {
  const missing = JOURNAL_COLUMNS.filter((column) => !header.includes(column));
  const unknown = header.filter((column) => !(JOURNAL_COLUMNS as readonly string[]).includes(column));
  if (missing.length > 0) throw new JournalError(`the header lacks ${missing.join(", ")}`);
  if (unknown.length > 0) throw new JournalError(`the header has unknown columns: ${unknown.join(", ")}`);
  if (header.length > JOURNAL_COLUMNS.length) throw new JournalError("the header repeats a column");
  return header;
}

function lineOf(record: CsvRecord, lineNumber: number): JournalLine {
  const seq = /^\d{1,15}$/.test(record.seq) ? Number(record.seq) : Number.NaN;
  if (Number.isNaN(seq)) throw new JournalError(`line ${lineNumber}: seq "${record.seq}" is not a number`);
  return {
    seq,
    tsMs: record.ts_ms,
    region: record.region,
    action: record.action,
    token: record.token,
    issuerId: record.issuer_id,
    amountMinor: record.amount_minor,
    refToken: record.ref_token,
    desk: record.desk,
    trader: record.trader,
    homeRegion: record.home_region,
  };
}

function journalError(path: string, error: unknown): JournalError {
  if (error instanceof JournalError) return new JournalError(`${path}: ${error.message}`, error);
  if (error instanceof CsvError) return new JournalError(`${path}: ${error.message}`, error);
  return new JournalError(`${path} cannot be read: ${(error as Error).message}`, error);
}

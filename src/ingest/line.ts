import {
  CANONICAL_LABELS,
  EDGE_TYPES,
  type EdgeRecord,
  type GraphRecord,
  InputError,
  type NodeRecord,
  PROPERTY_NAME,
  PROVIDER_LABEL,
  recordId,
} from "../model/index.js";
import { EDGE_BOOKKEEPING, isMap, isPropValue, isTexts, NODE_BOOKKEEPING } from "./content.js";

/** What stands before the record in a canonical line, taken without parsing it. */
export interface LineHead {
  readonly id: string;
  readonly type: string;
  readonly partition: string;
  /** Where the record's JSON begins. */
  readonly at: number;
}

const START = '{"id":"';
const TYPE = '","type":"';
const PARTITION = '","partition":';
const RECORD = ',"record":';

/** Slices heads out of lines. It remembers the last partition, because most lines have the one before theirs. */
export class HeadReader {
  #json = '""';
  #partition = "";

  /** InputError where the line is not canonical. */
  read(line: string): LineHead {
    const idEnd = line.indexOf('"', START.length);
    const typeStart = idEnd + TYPE.length;
    const typeEnd = line.indexOf('"', typeStart);
    const partitionStart = typeEnd + PARTITION.length;
    if (
      !line.startsWith(START) ||
      idEnd < 0 ||
      !line.startsWith(TYPE, idEnd) ||
      !line.startsWith(PARTITION, typeEnd)
    ) {
      throw notCanonical();
    }
    let recordAt = partitionStart + this.#json.length;
    if (!line.startsWith(this.#json, partitionStart) || !line.startsWith(RECORD, recordAt)) {
      recordAt = endOfText(line, partitionStart);
      this.#json = line.slice(partitionStart, recordAt);
      const partition: unknown = JSON.parse(this.#json);
      if (typeof partition !== "string" || !line.startsWith(RECORD, recordAt)) throw notCanonical();
      this.#partition = partition;
    }
    return {
      id: line.slice(START.length, idEnd),
      type: line.slice(typeStart, typeEnd),
      partition: this.#partition,
      at: recordAt + RECORD.length,
    };
  }
}

/** The end of the JSON text that begins at `from`. */
function endOfText(line: string, from: number): number {
  if (line[from] !== '"') throw notCanonical();
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === "\\") at += 1;
    else if (line[at] === '"') return at + 1;
  }
  throw notCanonical();
}

const LABELS: ReadonlySet<string> = new Set(CANONICAL_LABELS);
const TYPES: ReadonlySet<string> = new Set(EDGE_TYPES);

/** The record of a line, checked against the vocabulary, because labels, types and names become Cypher text. */
export function recordOf(line: string, head: LineHead): GraphRecord {
  const value: unknown = JSON.parse(line.slice(head.at, -1));
  const record = isNode(value) || isEdge(value) ? value : undefined;
  if (record === undefined || recordId(record) !== head.id) {
    throw new InputError({
      what: `The record ${JSON.stringify(head.id)} is not one that the access graph knows.`,
      means: "The snapshot was not applied.",
      fix: "It was written by a collector with an error, or by a newer version; collect again.",
    });
  }
  return record;
}

function isNode(value: unknown): value is NodeRecord {
  return (
    isMap(value) &&
    value.kind === "node" &&
    typeof value.key === "string" &&
    typeof value.label === "string" &&
    LABELS.has(value.label) &&
    (value.provider === undefined ||
      (typeof value.provider === "string" && PROVIDER_LABEL.test(value.provider))) &&
    (value.aliases === undefined || isTexts(value.aliases)) &&
    areProps(value.props, NODE_BOOKKEEPING) &&
    (value.unsure === undefined || (isTexts(value.unsure) && value.unsure.every(isName)))
  );
}

function isEdge(value: unknown): value is EdgeRecord {
  return (
    isMap(value) &&
    value.kind === "edge" &&
    typeof value.type === "string" &&
    TYPES.has(value.type) &&
    typeof value.from === "string" &&
    typeof value.to === "string" &&
    (value.discriminator === undefined || typeof value.discriminator === "string") &&
    areProps(value.props, EDGE_BOOKKEEPING)
  );
}

function areProps(value: unknown, reserved: ReadonlySet<string>): boolean {
  if (!isMap(value)) return false;
  return Object.keys(value).every((name) => isName(name) && !reserved.has(name) && isPropValue(value[name]));
}

function isName(name: string): boolean {
  return PROPERTY_NAME.test(name);
}

function notCanonical(): InputError {
  return new InputError({
    what: "The snapshot holds a line that is not canonical.",
    means: "It was not applied.",
    fix: "Collect again.",
  });
}

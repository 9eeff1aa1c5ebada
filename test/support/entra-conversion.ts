import { configSchema, type EntraConfig } from "../../collectors/entra/config.js";
import type { Context } from "../../collectors/entra/convert-directory.js";
import { createMemo, type Memo } from "../../collectors/entra/memo.js";
import type { RawPage } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";

export const TENANT = "84841066-274d-4ec0-a5c1-276be684bdd3";

/** A conversion that can be looked at: for the tests of the collector `entra`. */
export class Conversion implements Context {
  readonly source = "e";
  readonly partition = TENANT;
  readonly timeZone = "UTC";
  readonly config: EntraConfig;
  readonly memo: Memo = createMemo();
  readonly rejected: string[] = [];
  readonly partials: string[] = [];
  readonly notes: string[] = [];
  readonly totals = new Map<string, number>();

  constructor(settings: Readonly<Record<string, unknown>> = {}) {
    this.config = configSchema.parse({ tenantId: TENANT, ...settings });
  }
  reject(where: string, reason: string): void {
    this.rejected.push(`${where}: ${reason}`);
  }
  partial(reason: string): void {
    this.partials.push(reason);
  }
  note(text: string): void {
    this.notes.push(text);
  }
  total(stream: string, recordType: string, total: number): void {
    this.totals.set(`${stream} ${recordType}`, total);
  }

  of(
    convert: (page: RawPage, context: Context) => Iterable<GraphRecord>,
    page: RawPage,
  ): readonly GraphRecord[] {
    return [...convert(page, this)];
  }
}

/** Nodes by key, without the source. */
export const nodesOf = (records: readonly GraphRecord[]) =>
  new Map(
    records.flatMap((record) => (record.kind === "node" ? [[record.key.slice(2), record] as const] : [])),
  );

/** Edges as `TYPE from to`, without the source of ours, and what they say. */
export const edgesOf = (records: readonly GraphRecord[]) =>
  new Map(
    records.flatMap((record) =>
      record.kind === "edge"
        ? [[`${record.type} ${bare(record.from)} ${bare(record.to)}`, record.props] as const]
        : [],
    ),
  );
const bare = (key: string) => key.replace(/^e\//, "");

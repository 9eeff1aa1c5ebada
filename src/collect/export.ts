import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CollectError, type Collector, type ExportDealer, type RawPage } from "./contract.js";
import { PageFile, type StreamPages } from "./page-file.js";

/**
 * The streams that the exports in a folder hold, dealt out by the collector. A line is not kept: it is found again by
 * its place when it is converted. A file that cannot be read, or is something else, leaves all its streams missing.
 */
export async function dealExports<C, S, M>(
  dir: string,
  collector: Collector<C, S, M>,
  config: C,
): Promise<ReadonlyMap<string, StreamPages>> {
  const streams = new Map<string, StreamPages>();
  const there = new Set(await readdir(dir));
  for (const { file, open } of collector.exports ?? []) {
    const name = `${file}.ndjson`;
    if (!there.has(name)) continue;
    let pages: PageFile | undefined;
    try {
      pages = await PageFile.ndjson(join(dir, name), name);
      for (const [stream, dealt] of await deal(pages, open(config))) streams.set(stream, dealt);
    } catch (error) {
      await pages?.close();
      const missing = error instanceof CollectError ? error.message : `${name} does not look like ${file}`;
      for (const { name: stream } of collector.streams) streams.set(stream, { missing });
    }
  }
  return streams;
}

async function deal(file: PageFile, dealer: ExportDealer): Promise<ReadonlyMap<string, StreamPages>> {
  const lines = new Map<string, Map<string, number[]>>();
  const told = new Map<string, Map<string, RawPage[]>>();
  for (let line = 0; line < file.length; line++) {
    for (const { stream, partition } of dealer.deal(await file.page(line))) {
      listOf(lines, stream, partition).push(line);
    }
  }
  for (const { stream, partition, page } of dealer.end()) {
    listOf(told, stream, partition).push(page);
    listOf(lines, stream, partition);
  }
  return new Map(
    [...lines].map(([stream, byPartition]): [string, StreamPages] => [
      stream,
      { file, byPartition, facts: new Map(), told: told.get(stream) ?? new Map() },
    ]),
  );
}

function listOf<T>(lists: Map<string, Map<string, T[]>>, stream: string, partition: string): T[] {
  const byPartition = lists.get(stream) ?? new Map<string, T[]>();
  lists.set(stream, byPartition);
  const list = byPartition.get(partition) ?? [];
  byPartition.set(partition, list);
  return list;
}

import { z } from "zod";
import type { ConvertContext, RawPage, Stream } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import { pageOf } from "./asset.js";
import type { GoogleCloudConfig } from "./config.js";
import { type Memo, RESOURCES, type StreamName } from "./memo.js";

export type Context = ConvertContext<GoogleCloudConfig, Memo>;

/** What every page may say: of which partition it is, and what an export as a whole does not hold. */
const common = z.object({ partition: z.string().optional(), lacks: z.string().optional() });

/** Which partition a page is of, for recordings that were put together by hand. */
export const partitionOf = (page: RawPage): string | undefined => common.parse(page).partition;

/** True where a page says that the whole it is part of lacks something: the read is partial. */
export function partialWhere(page: unknown, context: { partial(reason: string): void }): boolean {
  const { lacks } = common.parse(page);
  if (lacks !== undefined) context.partial(lacks);
  return lacks !== undefined;
}

/** Converts pages of the API and lines of an export alike. Nothing is left in a project that is gone. */
export const converting =
  (
    stream: StreamName,
    convert: (page: RawPage, context: Context) => Iterable<GraphRecord>,
  ): Stream<unknown, Memo, GoogleCloudConfig>["convert"] =>
  (raw, context) =>
    context.memo.gone && stream !== RESOURCES ? [] : convert(pageOf(raw, stream), context);

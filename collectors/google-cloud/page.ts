import { z } from "zod";
import type { ConvertContext, RawPage, Stream } from "../../src/collect/index.js";
import type { GraphRecord } from "../../src/model/index.js";
import { pageOf } from "./asset.js";
import type { GoogleCloudConfig } from "./config.js";
import { type Memo, RESOURCES, type StreamName } from "./memo.js";
import { shortOf } from "./whole.js";

export type Context = ConvertContext<GoogleCloudConfig, Memo>;

/** What every page may say: of which partition it is, and what an export as a whole does not hold. */
const common = z.object({ partition: z.string().optional(), lacks: z.string().optional() });

/** Which partition a page is of, for recordings that were put together by hand. */
export const partitionOf = (page: RawPage): string | undefined => common.parse(page).partition;

/**
 * Converts pages of the API and lines of an export alike, and notes what makes a stream prove less than it seems to:
 * what was rejected, what a page says that the whole lacks, and what it rests on. Nothing is left in a project that is
 * gone.
 */
export const converting = (
  stream: StreamName,
  convert: (page: RawPage, context: Context) => Iterable<GraphRecord>,
): Stream<unknown, Memo, GoogleCloudConfig>["convert"] =>
  function* (raw, context) {
    const { memo } = context;
    if (memo.gone && stream !== RESOURCES) return;
    memo.seen.add(stream);
    const reject = (where: string, reason: string) => {
      memo.short.add(stream);
      context.reject(where, reason);
    };
    const why = shortOf(stream, context.partition, memo);
    if (why !== undefined) context.partial(why);
    const page = pageOf(raw, stream);
    try {
      const { lacks } = common.parse(page);
      if (lacks !== undefined) {
        memo.short.add(stream);
        context.partial(lacks);
      }
      yield* convert(page, { ...context, reject });
    } catch (error) {
      memo.short.add(stream);
      throw error;
    }
  };

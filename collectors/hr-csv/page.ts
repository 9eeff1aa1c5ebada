import { z } from "zod";
import { FIELDS } from "./config.js";

/**
 * A page of the file: mapped cells only, as they stand there, each row with its line number. This is all of the file
 * that a recording, a snapshot or an error can ever see.
 */
export const pageSchema = z.strictObject({
  rows: z.array(
    z.strictObject({
      line: z.int(),
      cells: z.partialRecord(z.enum(FIELDS), z.string()).optional(),
      /**
       * For a row that does not have as many cells as the header: how many, and how many the header has. Of its
       * cells at most the worker id is kept.
       */
      shape: z.tuple([z.int(), z.int()]).optional(),
    }),
  ),
  /** True on the page that ends the file. Only then it is known which periods a worker has. */
  last: z.boolean(),
});
export type Page = z.infer<typeof pageSchema>;
export type PageRow = Page["rows"][number];
export type Cells = NonNullable<PageRow["cells"]>;

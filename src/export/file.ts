import { createHash, randomBytes } from "node:crypto";
import { lstat, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError, messageOf, OperationError } from "../model/index.js";

export interface WrittenFile {
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * A name that is free, or a plain file's. A device or a pipe (/dev/stdout) would be replaced by a file under its
 * name, and a link would lose its target.
 * @throws InputError where it is anything else.
 */
export async function requirePlainFile(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined || there.isFile()) return;
  throw new InputError({
    what: there.isDirectory()
      ? `${path} is a folder.`
      : `${path} is not a plain file, but a link, a device or a pipe.`,
    means: "Nothing was exported.",
    fix: "Name a file that is new, or one to replace.",
  });
}

/**
 * Writes a file in pieces: it appears whole under its name, or not at all. Only its owner may read it.
 * @throws InputError where the folder is not there, or the name cannot be written or is no plain file's; OperationError where the disk is full.
 */
export async function writeWhole(
  path: string,
  pieces: AsyncIterable<string> | Iterable<string>,
): Promise<WrittenFile> {
  await requirePlainFile(path);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  const hash = createHash("sha256");
  let bytes = 0;
  const handle = await open(temporary, "wx", 0o600).catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
  try {
    try {
      for await (const piece of pieces) {
        if (piece === "") continue;
        const data = Buffer.from(piece, "utf8");
        hash.update(data);
        bytes += data.length;
        await handle.writeFile(data).catch((error: unknown) => {
          throw cannotWrite(path, error);
        });
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path).catch((error: unknown) => {
      throw cannotWrite(path, error);
    });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return { sha256: hash.digest("hex"), bytes };
}

function cannotWrite(path: string, error: unknown): InputError | OperationError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const detail = { means: "Nothing was exported.", cause: error };
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new InputError({ what: `The folder ${dirname(path)} is not there.`, ...detail });
    case "EISDIR":
    case "ENOTEMPTY":
      return new InputError({ what: `${path} is a folder.`, fix: "Name a file.", ...detail });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new InputError({ what: `${path} may not be written.`, ...detail });
    default:
      return new OperationError({ what: `${path} could not be written: ${messageOf(error)}.`, ...detail });
  }
}

import { chmod, lstat, mkdtemp, readFile, rename, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { messageOf, OperationError } from "../../model/index.js";
import { graphFolder } from "../embedded.js";

/**
 * Where the holder can be reached. The socket is `<dataDir>/store.sock`; where that path is longer than a socket's
 * may be (104 bytes on macOS, 108 on Linux, with the final zero), the file system knows no sockets, or the folder
 * belongs to somebody else, it stands in a folder of its own, private to this user, under the system's temporary
 * folder. `<dataDir>/graph/holder.json`
 * says where, and who holds the store; both are there only while somebody does, or after a crash.
 */
const SOCKET_PATH_MAX = 100;
const TEMPORARY = "exitgraph-";

const holderSchema = z.object({ pid: z.int(), socket: z.string(), since: z.number() });
export type HolderAddress = z.infer<typeof holderSchema>;

function addressFile(dataDir: string, folder = graphFolder(dataDir)): string {
  return join(folder, "holder.json");
}

/** What the last holder wrote; it may be dead. `undefined` where nothing usable is there (yet). */
export async function readAddress(dataDir: string, folder?: string): Promise<HolderAddress | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(addressFile(dataDir, folder), "utf8"));
    return holderSchema.safeParse(parsed).data;
  } catch {
    return undefined;
  }
}

/** True where only this user could have made the socket: its folder is ours and closed to others. */
export async function isOurs(socket: string): Promise<boolean> {
  try {
    const folder = await lstat(dirname(socket));
    return folder.isDirectory() && folder.uid === process.getuid?.() && (folder.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/**
 * Makes `server` listen, and writes the address. Only the process that has the store's file open may call this, so
 * whatever stands in the way is left over from a dead one. The socket is bound under another name inside a folder
 * that others cannot enter, gets mode 0600, and is then moved into place: nobody ever meets it half made.
 */
export async function announce(dataDir: string, server: Server): Promise<HolderAddress> {
  await withdraw(dataDir, await readAddress(dataDir));
  const socket = await listenSomewhere(resolve(dataDir), server);
  const address = { pid: process.pid, socket, since: Date.now() };
  const draft = `${addressFile(dataDir)}.new`;
  await writeFile(draft, JSON.stringify(address), { mode: 0o600 });
  await rename(draft, addressFile(dataDir));
  return address;
}

/** Removes the socket and the address; called before the store's file is let go, or by the next holder. */
export async function withdraw(dataDir: string, address: HolderAddress | undefined): Promise<void> {
  await rm(addressFile(dataDir), { force: true });
  await rm(join(dataDir, "store.sock"), { force: true });
  if (address === undefined || !(await isOurs(address.socket))) return;
  const folder = dirname(address.socket);
  // Nothing but what we made ourselves is removed, whatever the file says.
  if (!basename(folder).startsWith(TEMPORARY) || basename(address.socket) !== "store.sock") return;
  await unlink(address.socket).catch(() => {});
  await rmdir(folder).catch(() => {});
}

async function listenSomewhere(dataDir: string, server: Server): Promise<string> {
  const problems: string[] = [];
  for (const folder of [dataDir, tmpdir(), "/tmp"]) {
    try {
      if (folder === dataDir && !(await isOurs(join(dataDir, "store.sock")))) continue;
      const own = folder === dataDir ? folder : await mkdtemp(join(folder, TEMPORARY));
      const socket = join(own, "store.sock");
      if (Buffer.byteLength(socket) > SOCKET_PATH_MAX) {
        if (own !== dataDir) await rmdir(own);
        continue;
      }
      const draft = join(own, "store.new");
      await rm(draft, { force: true });
      await listen(server, draft);
      await chmod(draft, 0o600);
      await rename(draft, socket);
      return socket;
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  throw new OperationError({
    what: `No socket can be made for the store in ${dataDir}: ${problems.join("; ")}.`,
    means: "No other command could use the store meanwhile, so it was not opened.",
    fix: "Check that the data folder or the temporary folder (TMPDIR) can be written to.",
  });
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(path, () => {
      server.removeListener("error", fail);
      done();
    });
  });
}

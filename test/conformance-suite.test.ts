import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { collector as awsIam } from "../collectors/aws-iam/collector.js";
import { type AnyCollector, CollectError, defineCollector, type Stream } from "../src/collect/index.js";
import { Bench } from "../src/conformance/bench.js";
import {
  type CaseName,
  type ConformanceTarget,
  conformanceCases,
  type Rig,
} from "../src/conformance/index.js";
import { packageRoot } from "../src/model/index.js";
import { target as awsRig } from "./conformance/aws-iam.js";
import { collector as example } from "./example-collector/collector.js";
import { target } from "./example-collector/rig.js";

/** The example of CONTRIBUTING.md passes the suite, and the suite refuses what is wrong with others. */
const folder = join(packageRoot(), "test", "example-collector");

describe("the example collector", () => {
  for (const one of conformanceCases(target, example, folder)) it(one.name, () => one.run());
});

type Change = <S, M, C>(stream: Stream<S, M, C>) => Partial<Stream<S, M, C>>;

/** A collector with its streams changed. */
const changed = (change: Change, base = example): AnyCollector =>
  base.with((collector) =>
    defineCollector({
      ...collector,
      streams: collector.streams.map((stream) => ({ ...stream, ...change(stream) })),
    }),
  );
/** The same with its pages changed on the way. */
const reading = (
  change: (pages: AsyncIterable<unknown>) => AsyncIterable<unknown>,
  base = example,
): AnyCollector =>
  changed(
    (stream) => ({ read: (session, partition, io) => change(stream.read(session, partition, io)) }),
    base,
  );
/** The same with another rig. */
const rigged = (change: (rig: Rig) => Partial<Rig>): ConformanceTarget => ({
  ...target,
  start: async () => {
    const rig = await target.start();
    // Getters of the rig must stay what they are.
    return Object.defineProperties(
      { ...rig },
      { ...Object.getOwnPropertyDescriptors(rig), ...Object.getOwnPropertyDescriptors(change(rig)) },
    );
  },
});

const run = async (name: CaseName, collector: AnyCollector, of = target): Promise<string> => {
  const found = conformanceCases(of, collector, folder).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no case ${name}`);
  return await found.run().then(
    () => "passed",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
};

const usersOf = (page: unknown) => z.object({ users: z.array(z.unknown()) }).parse(page).users;
/** Whatever goes wrong is taken for the end of the list. */
async function* silently(pages: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof CollectError) || error.failure.kind === "aborted") throw error;
  }
}

describe("a collector is refused that", () => {
  it("takes an empty page for the end", async () => {
    const collector = reading(async function* (pages) {
      for await (const page of pages) {
        if (usersOf(page).length === 0) return;
        yield page;
      }
    });
    expect(await run("empty page in the middle", collector)).toContain("users|all has other records");
  });

  it("makes two of an object on two pages", async () => {
    let count = 0;
    const collector = changed((stream) => ({
      *convert(page, context) {
        count += 1;
        for (const record of stream.convert(page, context)) {
          const seen = `on page ${count}`;
          yield record.kind === "node"
            ? { ...record, key: `${record.key}/${seen.replaceAll(" ", "-")}` }
            : record;
        }
      },
    }));
    expect(await run("same object on two pages", collector)).toContain("other records");
  });

  it("does not wait as long as it is told", async () => {
    const impatient = rigged(({ waits }) => ({ waits: waits.map((wait) => ({ ...wait, leastMs: 60_000 })) }));
    expect(await run("throttled, then answered", example, impatient)).toContain(
      "2 waits of 60000 ms or more",
    );
  });

  it("takes a denial for an empty list", async () => {
    const said = await run("denied", reading(silently));
    expect(said).toContain("users of all is complete, and not failed");
    expect(said).toContain("does not name the permission users.read");
    expect(said).toContain("records were taken away");
    expect(said).toContain("the graph lost");
  });

  it("takes a cursor that repeats for the end", async () => {
    expect(await run("cursor that repeats", reading(silently))).toContain("the read of users is complete");
  });

  it("loses what was cut", async () => {
    const collector = changed((stream) => ({
      read: (session, partition, io) => {
        const once: typeof io.pages = async function* (operation, get) {
          yield* io.pages(operation, async (cursor, signal) =>
            get(cursor, signal).catch((error: unknown) => {
              throw new CollectError({ kind: "fatal", message: "" }, "cut", { cause: error });
            }),
          );
        };
        return stream.read(session, partition, { ...io, pages: once });
      },
    }));
    expect(await run("cut in mid-page and restored", collector)).toContain("users of all is failed");
  });

  it("ends when it is cancelled, and calls that a whole read", async () => {
    const collector = reading(async function* () {
      yield { users: [], next: null };
    });
    expect(await run("aborted", collector)).toContain("it did not wait for an answer");
  });

  it("keeps or says secrets", async () => {
    const collector = changed((stream) => ({
      read: (session, partition, io) => {
        io.log.debug(`the token is ${process.env.DOORS_TOKEN ?? ""}`);
        return stream.read(session, partition, io);
      },
      *convert(page, context) {
        for (const record of stream.convert(page, context)) {
          const secret = Buffer.from(`x${process.env.DOORS_TOKEN ?? ""}`).toString("base64");
          yield record.kind === "node" ? { ...record, aliases: [secret] } : record;
        }
      },
    }));
    const said = await run("secret canaries", collector);
    expect(said).toContain("what was said holds the canary");
    expect(said).toContain("the store holds the canary");
    expect(said).toMatch(/users\.ndjson\.gz holds the canary/);
  });

  it("says something else each time", async () => {
    let count = 0;
    const forgetful = changed((stream) => ({
      *convert(page, context) {
        for (const record of stream.convert(page, context)) {
          count += 1;
          const props = { ...record.props, name: `name ${count}` };
          yield record.kind === "node" ? { ...record, props } : record;
        }
      },
    }));
    expect(await run("record then replay", forgetful)).toContain("gives another record");
    expect(await run("unchanged system", forgetful)).toContain("users of all: 6 changed");
  });

  it("drops what nobody lists", async () => {
    const collector = awsIam.with((one) =>
      defineCollector({
        ...one,
        *finish(context) {
          for (const owned of one.finish?.(context) ?? [])
            if (!("from" in owned.record && owned.record.from.startsWith("ref/"))) yield owned;
        },
      }),
    );
    const said = await run("reference to something nobody lists", collector, awsRig);
    expect(said).toContain("no new Unresolved");
  });

  it("does not hold what it read against the system's own totals", async () => {
    const collector = changed(
      (stream) => ({
        convert: (page, context) => stream.convert(page, { ...context, total: () => undefined }),
      }),
      awsIam,
    );
    expect(await run("total that does not add up", collector, awsRig)).toContain(
      "no total of account-authorization is above what was read",
    );
  });

  it("passes over an object that it cannot read", async () => {
    const collector = changed(
      (stream) => ({
        convert: (page, context) => stream.convert(page, { ...context, reject: () => undefined }),
      }),
      awsIam,
    );
    const said = await run("object that cannot be read", collector, awsRig);
    // A user who is passed over is missed by the account's own total.
    expect(said).toBe("report: the read of credential-report is complete");
  });

  it("takes a denial in one partition for its end", async () => {
    const said = await run("denied in one partition", reading(silently, awsIam), awsRig);
    expect(said).toContain("credential-report of 222222222222 is complete, and not failed");
    expect(said).toContain("were taken away");
  });

  it("prints other permissions than its README, or explains other fields than it emits", async () => {
    const collector = example.with((one) =>
      defineCollector({
        ...one,
        permissions: [{ name: "users.list", why: "", streams: ["users"] }],
        fields: { name: { from: "login" }, status: { from: "active" }, shoeSize: { from: "nothing" } },
      }),
    );
    const permissions = await run("permissions in the README", collector);
    expect(permissions).toContain("does not name `users.list`");
    expect(permissions).toContain("`users.read` stands under Permissions");
    const fields = await run("fields in the table of what is collected", collector);
    expect(fields).toContain("DoorUser.username has no entry");
    expect(fields).toContain("fields has shoeSize");
  });
});

describe("an apply is refused that", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const apply = Bench.prototype.apply;
  const applying = (change: typeof apply) => vi.spyOn(Bench.prototype, "apply").mockImplementation(change);

  it("goes on when it is cancelled", async () => {
    applying(function (this: Bench, read, { signal: _, ...options } = {}) {
      return apply.call(this, read, options);
    });
    expect(await run("aborted", example)).toContain(
      "apply: an apply that is cancelled: it ended otherwise: it was applied to its end",
    );
  });

  it("counts though it was cut off", async () => {
    applying(async function (this: Bench, read, options = {}) {
      try {
        return await apply.call(this, read, options);
      } catch (error) {
        await options.graph?.store.write((tx) => tx.run("MATCH (m:ReadMarker) SET m.verdict = 'complete'"));
        throw error;
      }
    });
    expect(await run("aborted", example)).toContain(
      'apply: an apply that is cancelled: users of all is said to be complete, as of ""',
    );
  });

  it("takes what was cut off for done when it is applied again", async () => {
    applying(async function (this: Bench, read, options = {}) {
      const cutOff = options.graph !== undefined && options.batchSize === undefined;
      const report = await apply.call(this, read, options);
      if (cutOff) await options.graph.store.write((tx) => tx.run("MATCH (n:Account) DETACH DELETE n"));
      return report;
    });
    expect(await run("aborted", example)).toContain(
      "apply: an apply that is stopped: applied again, the graph is another one",
    );
  });
});

describe("a rig is refused that", () => {
  it("calls a case not applicable that it can make", async () => {
    const lazy = (name: CaseName) => ({ ...target, notApplicable: { [name]: "nobody had the time for it" } });
    expect(await run("aborted", example, lazy("aborted"))).toContain("the rig can make it");
    expect(await run("same object on two pages", example, lazy("same object on two pages"))).toContain(
      "the rig can make it",
    );
    expect(await run("unchanged system", example, lazy("unchanged system"))).toContain("every collector has");
  });

  it("forgets a list", async () => {
    const forgetful = rigged(() => ({ lists: [] }));
    const said = await run("denied", example, forgetful);
    expect(said).toContain("no list of users");
    expect(said).toContain("no list that needs users.read");
  });

  it("makes no trouble", async () => {
    const tame = rigged(() => ({ arrange: async () => undefined }));
    expect(await run("empty page in the middle", example, tame)).toContain("nothing was tried");
    expect(await run("cut in mid-page and restored", example, tame)).toContain("nothing was tried");
    expect(await run("secret canaries", example, tame)).toContain("nothing was tried");
  });
});

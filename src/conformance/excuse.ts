import type { Bench } from "./bench.js";
import type { CaseName, Trouble } from "./rig.js";

/** What needs no more than the name of a list. */
type ListTrouble = Exclude<Extract<Trouble, { readonly list: string }>["kind"], "throttled">;

/** Not a matter of how a system is spoken to: every collector has these. */
const ALWAYS: ReadonlySet<CaseName> = new Set([
  "record then replay",
  "unchanged system",
  "invariants hold after a whole read",
  "permissions in the README",
  "fields in the table of what is collected",
]);

/** Throws where a case is named as not applicable and the system can be made to have it. */
export async function mustBeExcused(bench: Bench, name: CaseName, reason: string): Promise<void> {
  if (reason.trim().length < 10) throw new Error("notApplicable gives no reason");
  if (ALWAYS.has(name)) throw new Error(`every collector has this case, whatever "${reason}" says`);
  for (const trouble of troublesOf(bench, name)) {
    await bench.rig.reset();
    const arranged = await bench.rig.arrange(trouble).then(
      () => true,
      () => false,
    );
    await bench.rig.reset();
    if (arranged)
      throw new Error(
        `it is named as not applicable ("${reason}"), and the rig can make it: ${JSON.stringify(trouble)}`,
      );
  }
}

/** What would make the case; nothing where the rig itself says that there is nothing to make it with. */
function troublesOf({ rig }: Bench, name: CaseName): readonly Trouble[] {
  const lists = rig.lists.map((list) => list.name);
  const each = (kind: ListTrouble) => lists.map((list) => ({ kind, list }));
  switch (name) {
    case "empty page in the middle":
      return each("emptyPage");
    case "same object on two pages":
      return each("twice");
    case "cursor that repeats":
      return each("sameCursor");
    case "cut in mid-page and restored":
      return each("cut");
    case "aborted":
      return each("silent");
    case "denied":
      return each("denied");
    case "denied in one partition":
      return rig.partitions.length < 2
        ? []
        : lists.flatMap((list) =>
            rig.partitions.map((partition) => ({ kind: "denied" as const, list, partition })),
          );
    case "throttled, then answered":
      return rig.waits.flatMap((wait) =>
        lists.map((list) => ({ kind: "throttled" as const, list, wait: wait.name, times: 1 })),
      );
    case "reference to something nobody lists":
      return [{ kind: "stranger" }];
    case "total that does not add up":
      return each("shortfall");
    case "object that cannot be read":
      return each("mangled");
    case "secret canaries":
      return [{ kind: "canary", secret: "canary" }];
    default:
      return [];
  }
}

import type { AnyCollector } from "../collect/index.js";
import { Bench } from "./bench.js";
import { emptyPage, sameCursor, sameObjectTwice } from "./cases/paging.js";
import { CASES, type CaseName, type ConformanceTarget } from "./rig.js";

/** One case of one collector; `run` throws an error that says what is wrong. */
export interface ConformanceCase {
  readonly name: CaseName;
  /** Why the collector's transport cannot have it. `run` then throws where the system could be made to have it. */
  readonly notApplicable: string | undefined;
  run(): Promise<void>;
}

const ON_A_BENCH: Readonly<Partial<Record<CaseName, (bench: Bench) => Promise<void>>>> = {
  "empty page in the middle": emptyPage,
  "same object on two pages": sameObjectTwice,
  "cursor that repeats": sameCursor,
};

/**
 * Every case for one collector. They know no framework of tests: run them one after the other, since they set the
 * environment. `folder` is the collector's own, where its README is.
 */
export function conformanceCases(
  target: ConformanceTarget,
  collector: AnyCollector,
  folder: string,
): readonly ConformanceCase[] {
  return CASES.flatMap((name): ConformanceCase[] => {
    const reason = target.notApplicable[name];
    const onBench = ON_A_BENCH[name];
    if (onBench === undefined) return [];
    return [
      {
        name,
        notApplicable: reason,
        run: () =>
          reason === undefined ? Bench.with(target, collector, onBench) : Promise.resolve(void folder),
      },
    ];
  });
}

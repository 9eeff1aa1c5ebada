import type { AnyCollector } from "../collect/index.js";
import { Bench } from "./bench.js";
import { canaries } from "./cases/canaries.js";
import { mangled, replayed, shortfall, stranger, unchanged } from "./cases/content.js";
import { denied, deniedInOne } from "./cases/denial.js";
import { invariantsHold } from "./cases/invariants.js";
import { emptyPage, sameCursor, sameObjectTwice } from "./cases/paging.js";
import { fieldsAreExplained, readmePermissions } from "./cases/papers.js";
import { aborted, cut, throttled } from "./cases/transport.js";
import { mustBeExcused } from "./excuse.js";
import { CASES, type CaseName, type ConformanceTarget } from "./rig.js";

/** One case of one collector; `run` throws an error that says what is wrong. */
export interface ConformanceCase {
  readonly name: CaseName;
  /** Why the collector's transport cannot have it. `run` then throws where the system could be made to have it. */
  readonly notApplicable: string | undefined;
  run(): Promise<void>;
}

type OnBench = (bench: Bench) => Promise<void>;
type OnPaper = (collector: AnyCollector, folder: string) => Promise<void>;

const RUNS: Readonly<Record<CaseName, { readonly bench: OnBench } | { readonly paper: OnPaper }>> = {
  "empty page in the middle": { bench: emptyPage },
  "same object on two pages": { bench: sameObjectTwice },
  "throttled, then answered": { bench: throttled },
  denied: { bench: denied },
  "denied in one partition": { bench: deniedInOne },
  "cut in mid-page and restored": { bench: cut },
  "cursor that repeats": { bench: sameCursor },
  aborted: { bench: aborted },
  "reference to something nobody lists": { bench: stranger },
  "total that does not add up": { bench: shortfall },
  "object that cannot be read": { bench: mangled },
  "secret canaries": { bench: canaries },
  "record then replay": { bench: replayed },
  "unchanged system": { bench: unchanged },
  "invariants hold after a whole read": { bench: invariantsHold },
  "permissions in the README": { paper: readmePermissions },
  "fields in the table of what is collected": { paper: fieldsAreExplained },
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
  return CASES.map((name) => {
    const reason = target.notApplicable[name];
    const run = RUNS[name];
    return {
      name,
      notApplicable: reason,
      run: () => {
        if (reason !== undefined)
          return Bench.with(target, collector, (bench) => mustBeExcused(bench, name, reason));
        return "paper" in run ? run.paper(collector, folder) : Bench.with(target, collector, run.bench);
      },
    };
  });
}

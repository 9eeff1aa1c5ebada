import type { AnyCollector } from "../src/collect/index.js";
import { collector as awsIam } from "./aws-iam/collector.js";
import { collector as entra } from "./entra/collector.js";
import { collector as googleCloud } from "./google-cloud/collector.js";
import { collector as googleWorkspace } from "./google-workspace/collector.js";
import { collector as hrCsv } from "./hr-csv/collector.js";

/** Every system that can be read, by the `type` of a source. A new collector is one folder and one line here. */
export const collectors: ReadonlyMap<string, AnyCollector> = new Map(
  [awsIam, entra, googleWorkspace, googleCloud, hrCsv].map((collector) => [collector.system, collector]),
);

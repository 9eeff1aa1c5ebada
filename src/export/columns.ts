import type { Finding } from "../reconcile/index.js";
import type { CsvColumn } from "./csv.js";
import { nameOf, pathLine } from "./path-line.js";
import type { AccessRow } from "./review.js";

/** Columns of the CSV files. Names are those of the JSON, with the parts of a thing joined: `account`, `accountKey`. */

const joined = (values: readonly string[]) => values.join("; ");

export const ACCESS_COLUMNS: readonly CsvColumn<AccessRow>[] = [
  { header: "person", value: (r) => r.person?.name ?? "" },
  { header: "workerIds", value: (r) => joined(r.person?.workerIds ?? []) },
  { header: "status", value: (r) => r.status ?? "noPerson" },
  { header: "statusBasis", value: (r) => r.statusBasis ?? "" },
  { header: "lastDay", value: (r) => r.lastDay ?? "" },
  { header: "manager", value: (r) => (r.manager === null ? "" : nameOf(r.manager)) },
  { header: "department", value: (r) => r.department ?? "" },
  { header: "source", value: (r) => r.source },
  { header: "account", value: (r) => nameOf(r.account) },
  { header: "accountKey", value: (r) => r.account.key },
  { header: "accountStatus", value: (r) => r.accountStatus },
  { header: "accountType", value: (r) => r.accountType },
  { header: "entitlement", value: (r) => (r.entitlement === null ? "" : nameOf(r.entitlement)) },
  { header: "entitlementKey", value: (r) => r.entitlement?.key ?? "" },
  { header: "resource", value: (r) => (r.resource === null ? "" : nameOf(r.resource)) },
  { header: "privilege", value: (r) => r.privilege ?? "" },
  { header: "certainty", value: (r) => r.certainty ?? "" },
  { header: "direct", value: (r) => (r.direct === null ? "" : String(r.direct)) },
  { header: "through", value: (r) => joined(r.through.map(nameOf)) },
  { header: "path", value: (r) => pathLine(r.path) },
  { header: "lastUsed", value: (r) => r.lastUsed ?? "" },
  { header: "findings", value: (r) => joined(r.findings) },
];

export const FINDING_COLUMNS: readonly CsvColumn<Finding>[] = [
  { header: "rule", value: (f) => f.rule },
  { header: "fingerprint", value: (f) => f.fingerprint },
  { header: "status", value: (f) => f.status },
  { header: "closedAs", value: (f) => f.closedAs ?? "" },
  { header: "closedAt", value: (f) => f.closedAt ?? "" },
  { header: "checked", value: (f) => String(f.checked) },
  { header: "severity", value: (f) => f.severity },
  { header: "subject", value: (f) => nameOf(f.subject) },
  { header: "subjectLabel", value: (f) => f.subject.label },
  { header: "subjectKey", value: (f) => f.subject.key },
  { header: "person", value: (f) => f.person?.name ?? "" },
  { header: "workerIds", value: (f) => joined(f.person?.workerIds ?? []) },
  { header: "reason", value: (f) => f.reason },
  { header: "path", value: (f) => pathLine(f.path) },
  { header: "otherPaths", value: (f) => String(f.otherPaths) },
  { header: "cuts", value: (f) => joined(f.cuts.map((cut) => pathLine([cut]))) },
  { header: "remediation", value: (f) => f.remediation.map(({ command }) => command).join("\n") },
  {
    header: "controls",
    value: (f) => joined(Object.entries(f.controls).map(([name, ids]) => `${name}: ${ids.join(", ")}`)),
  },
  { header: "population", value: (f) => String(f.population) },
  { header: "firstSeen", value: (f) => f.firstSeen },
  { header: "lastSeen", value: (f) => f.lastSeen },
  { header: "run", value: (f) => f.run },
  { header: "proofRead", value: (f) => f.proof?.read ?? "" },
  { header: "proofAt", value: (f) => f.proof?.at ?? "" },
  { header: "proofRecord", value: (f) => f.proof?.record ?? "" },
  { header: "exception", value: (f) => f.exception?.id ?? "" },
  { header: "exceptedUntil", value: (f) => f.exception?.until ?? "" },
];

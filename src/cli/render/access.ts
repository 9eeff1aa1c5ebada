import type {
  AccessDocument,
  AccountAccess,
  EmploymentView,
  PersonView,
  ReachedView,
  Standing,
  WhoCanDocument,
} from "../../export/index.js";
import { nodeText, pathText } from "./path.js";
import { type Paint, paint, type Style } from "./style.js";
import { table } from "./table.js";
import { minute, plain, plural } from "./text.js";
import { type TreeNode, tree } from "./tree.js";

export const STANDING_TEXT: Readonly<Record<Standing, string>> = {
  active: "active",
  leaver: "has left",
  futureLeaver: "will leave",
  onLeave: "on leave",
  notYetStarted: "not yet started",
  unknown: "status unknown",
};

function standingPaint(standing: Standing): readonly Paint[] {
  if (standing === "leaver") return ["bold", "red"];
  return standing === "active" ? ["green"] : ["yellow"];
}

function personText(person: PersonView, style: Style): string {
  const day = person.lastDay === null ? "" : `, last day ${plain(person.lastDay)}`;
  const standing = paint(style, STANDING_TEXT[person.standing], ...standingPaint(person.standing));
  const basis = person.standingBasis === null ? "" : ` (no HR status is mapped, and no last day has passed)`;
  const ids = person.workerIds.length > 0 ? ` (${plain(person.workerIds.join(", "))})` : "";
  return `${paint(style, nodeText({ ...person, label: "Person" }), "bold")}${ids}: ${standing}${day}${basis}`;
}

function period({ start, end }: EmploymentView): string | null {
  if (start === null) return end === null ? null : `until ${end}`;
  return end === null ? `since ${start}` : `${start} to ${end}`;
}

function statusOf({ status, statusMapped, statusText }: EmploymentView): string | null {
  if (status === "unknown" && !statusMapped) return null;
  if (statusText === null) return status;
  return statusText === "" ? "no status" : `the status "${statusText}", which nothing explains`;
}

function employments(person: PersonView): TreeNode {
  return {
    text: plural(person.employments.length, "employment"),
    children: person.employments.map((one) => {
      const parts = [one.workerId, period(one), one.type, statusOf(one), one.title, one.department].filter(
        (part) => part !== null && part !== "",
      );
      return { text: plain(`${parts.join(", ")}${one.missing ? ", missing from the HR record" : ""}`) };
    }),
  };
}

function reached(one: ReachedView, style: Style): TreeNode {
  const on = one.resource === null ? "" : ` on ${nodeText(one.resource)}`;
  const certainty = one.certainty === "active" ? "" : `, ${one.certainty}`;
  const privilege = paint(
    style,
    plain(`(${one.privilege}${certainty})`),
    ...(one.privilege === "admin" || one.privilege === "privileged"
      ? (["red"] as const)
      : (["dim"] as const)),
  );
  const path = one.direct ? [] : [{ text: paint(style, pathText(one.path), "dim") }];
  return { text: `${nodeText(one.entitlement)}${on} ${privilege}`, children: path };
}

function account(access: AccountAccess, style: Style): TreeNode {
  const { account: node, link } = access;
  const facts = [node.source, node.status];
  if (node.accountType !== "unknown") facts.push(node.accountType);
  if (node.lastUsedAt !== null) facts.push(`last used ${minute(node.lastUsedAt)}`);
  const tie = [link.rule, link.confidence].filter((part) => part !== null).join(", ");
  if (tie !== "") facts.push(`linked by ${tie}`);
  const status = node.status === "enabled" ? paint(style, nodeText(node), "bold") : nodeText(node);
  const children: TreeNode[] = access.credentials.map((credential) => ({
    text: `${nodeText(credential)} (${plain(credential.status)} credential)`,
  }));
  children.push(...access.reached.map((one) => reached(one, style)));
  if (access.reached.length === 0) children.push({ text: paint(style, "reaches no entitlement", "dim") });
  return { text: `${status} ${paint(style, plain(`[${facts.join("; ")}]`), "dim")}`, children };
}

/** What `access PERSON` prints: the person, the employments, and each account with what it reaches. */
export function accessTree(document: AccessDocument, style: Style): string {
  const { person, accounts } = document;
  const children: TreeNode[] = [employments(person)];
  if (person.manager !== null) children.push({ text: `reports to ${nodeText(person.manager)}` });
  children.push(...accounts.map((one) => account(one, style)));
  if (accounts.length === 0) children.push({ text: "no account is known" });
  return tree({ text: personText(person, style), children });
}

/** What `who-can RESOURCE` prints. */
export function whoCanTable(document: WhoCanDocument, style: Style): string {
  const head = `Who can reach ${paint(style, nodeText(document.target), "bold")} ${paint(style, plain(`[${document.target.key}]`), "dim")}`;
  if (document.rows.length === 0) return `${head}\n\nNobody that is known.`;
  const rows = table(
    document.rows,
    [
      { title: "PERSON", value: (r) => r.person?.name ?? "-", shrinkTo: 12 },
      {
        title: "STANDING",
        value: (r) => (r.person === null ? "-" : STANDING_TEXT[r.person.standing]),
        paint: (r) => (r.person === null ? [] : standingPaint(r.person.standing)),
      },
      { title: "IDENTITY", value: (r) => r.identity.name || r.identity.key, shrinkTo: 12 },
      { title: "STATUS", value: (r) => r.status },
      { title: "WITH", value: (r) => r.target.name || r.target.key, shrinkTo: 12 },
      { title: "PRIVILEGE", value: (r) => r.privilege },
      { title: "CERTAINTY", value: (r) => r.certainty },
      { title: "PATH", value: (r) => pathText(r.path), shrinkTo: 30 },
    ],
    style,
  );
  const people = new Set(document.rows.flatMap((row) => row.person?.key ?? []));
  const identities = new Set(document.rows.map((row) => row.identity.key));
  return `${head}\n\n${rows}\n\n${plural(identities.size, "identity", "identities")}, of ${plural(people.size, "person", "people")}`;
}

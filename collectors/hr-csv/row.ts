import {
  canonicalJson,
  type EmploymentStatus,
  type EmploymentType,
  type PropValue,
} from "../../src/model/index.js";
import type { Moment } from "./dates.js";
import type { Period } from "./periods.js";

export type StatusProps = Readonly<Record<string, PropValue>>;

export interface Given {
  readonly line: number;
  readonly start: Moment | undefined;
  readonly end: Moment | undefined;
  readonly status: EmploymentStatus;
  /** What else the status says; shared by all rows of which it says the same. */
  readonly statusProps: StatusProps;
  readonly type: EmploymentType;
  readonly name: string;
  readonly emails: readonly string[];
  readonly universalId: string | undefined;
  readonly department: string | undefined;
  readonly title: string | undefined;
  readonly manager: string | undefined;
  readonly earlier: Row | undefined;
}

/**
 * A row that waits for the end of the file. There may be hundreds of thousands, so it is no record yet: it has few
 * fields, the same ones for every row, and its moments and most of its texts are shared with other rows.
 */
export class Row implements Period {
  readonly line: number;
  readonly status: EmploymentStatus;
  readonly type: EmploymentType;
  /** The same worker's row before this one: hardly anyone has a second, and lists would be most of it. */
  readonly earlier: Row | undefined;
  readonly #start: Moment | undefined;
  readonly #end: Moment | undefined;
  readonly #statusProps: StatusProps;
  /** What no other row shares, as one text: the name, the universal id, and the addresses, a blank between them. */
  readonly #own: string;
  readonly #nameEnd: number;
  readonly #idEnd: number;
  readonly #department: string | undefined;
  readonly #title: string | undefined;
  readonly #manager: string | undefined;

  constructor(given: Given) {
    this.line = given.line;
    this.status = given.status;
    this.type = given.type;
    this.earlier = given.earlier;
    this.#start = given.start;
    this.#end = given.end;
    this.#statusProps = given.statusProps;
    const { name, universalId = "" } = given;
    this.#own = [name, universalId, given.emails.join(" ")].join("");
    this.#nameEnd = name.length;
    this.#idEnd = name.length + universalId.length;
    this.#department = given.department;
    this.#title = given.title;
    this.#manager = given.manager;
  }

  get startsAt(): number | undefined {
    return this.#start?.from;
  }

  get endsAt(): number | undefined {
    return this.#end?.until;
  }

  get start(): string | undefined {
    return this.#start?.text;
  }

  get end(): string | undefined {
    return this.#end?.text;
  }

  /** This row and the ones before it. */
  all(): readonly Row[] {
    const rows: Row[] = [];
    for (let row: Row | undefined = this; row !== undefined; row = row.earlier) rows.push(row);
    return rows;
  }

  /** True where both rows say the same in every column that is mapped. */
  saysSameAs(other: Row): boolean {
    return canonicalJson(this.props()) === canonicalJson(other.props());
  }

  /** What the row says of its worker. */
  props(): Record<string, PropValue> {
    const universalId = this.#own.slice(this.#nameEnd, this.#idEnd);
    const emails = this.#own.slice(this.#idEnd);
    const given: Record<string, PropValue | undefined> = {
      universalId: universalId === "" ? undefined : universalId,
      emails: emails === "" ? [] : emails.split(" "),
      name: this.#own.slice(0, this.#nameEnd),
      status: this.status,
      ...this.#statusProps,
      type: this.type,
      start: this.start,
      startsAt: this.startsAt,
      end: this.end,
      endsAt: this.endsAt,
      department: this.#department,
      title: this.#title,
      manager: this.#manager,
    };
    const props: Record<string, PropValue> = {};
    for (const [name, value] of Object.entries(given)) if (value !== undefined) props[name] = value;
    return props;
  }
}

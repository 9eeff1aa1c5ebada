/** An object as Graph holds it. */
export interface GraphObject {
  readonly id: string;
  readonly [name: string]: unknown;
}

/** Objects that may be made only when they are asked for. */
export interface Sliceable {
  readonly length: number;
  slice(from: number, to: number): readonly GraphObject[];
}

/** Types of directory objects, by the name that `@odata.type` ends in. */
export const DIRECTORY_TYPES = [
  "user",
  "group",
  "servicePrincipal",
  "application",
  "device",
  "orgContact",
  "administrativeUnit",
] as const;
export type DirectoryType = (typeof DIRECTORY_TYPES)[number];

/** Relations between directory objects, as they stand in paths. */
export type Relation = "members" | "owners" | "sponsors" | "registeredOwners";

type Table = Map<string, GraphObject>;

/** A tenant: everything in it can change between two reads. */
export class GraphTenant {
  readonly id: string;
  /** Application permissions that were granted to the client. */
  readonly granted = new Set<string>();
  /** Entra ID P1 and P2. */
  readonly licensed = { p1: true, p2: true };
  /** What becomes of hidden members for who may not see them: the list is refused, or they are in none. */
  hiddenMembers: "refused" | "leftOut" = "refused";
  /** Pages hold no more than this, whatever is asked for. */
  pageSize = 100;
  organization: GraphObject;
  readonly objects: Readonly<Record<DirectoryType, Table>>;
  readonly deleted: Readonly<Record<DirectoryType, Table>>;
  readonly #related = new Map<string, string[]>();
  readonly skus: GraphObject[] = [];
  readonly appRoleAssignments: GraphObject[] = [];
  readonly grants: GraphObject[] = [];
  readonly roleDefinitions: GraphObject[] = [];
  readonly roleAssignments: GraphObject[] = [];
  readonly eligibility: GraphObject[] = [];
  readonly schedules: GraphObject[] = [];
  /** By the application's object id. */
  readonly federated = new Map<string, GraphObject[]>();
  /** By the user's id; a user without an entry has no mailbox. */
  readonly rules = new Map<string, GraphObject[]>();

  constructor(id: string) {
    this.id = id;
    this.organization = { id, displayName: id, verifiedDomains: [] };
    const tables = (): Record<DirectoryType, Table> => ({
      user: new Map(),
      group: new Map(),
      servicePrincipal: new Map(),
      application: new Map(),
      device: new Map(),
      orgContact: new Map(),
      administrativeUnit: new Map(),
    });
    this.objects = tables();
    this.deleted = tables();
  }

  add(type: DirectoryType, object: GraphObject): GraphObject {
    this.objects[type].set(object.id, object);
    return object;
  }

  change(type: DirectoryType, id: string, values: Readonly<Record<string, unknown>>): void {
    const object = this.objects[type].get(id);
    if (object === undefined) throw new Error(`no ${type} ${id}`);
    this.objects[type].set(id, { ...object, ...values });
  }

  /** Soft deletion: it leaves every list and relation and stands among the deleted items for 30 days. */
  delete(type: DirectoryType, id: string, at: string): void {
    const object = this.objects[type].get(id);
    if (object === undefined) throw new Error(`no ${type} ${id}`);
    this.objects[type].delete(id);
    // https://learn.microsoft.com/graph/api/directory-deleteditems-list: security groups are gone at once
    const kept =
      type !== "group" || (Array.isArray(object.groupTypes) && object.groupTypes.includes("Unified"));
    if (kept) {
      const freed =
        type === "user"
          ? { userPrincipalName: `${id.replaceAll("-", "")}${String(object.userPrincipalName)}` }
          : {};
      this.deleted[type].set(id, { ...object, ...freed, deletedDateTime: at });
    }
    for (const [relation, ids] of this.#related) {
      this.#related.set(
        relation,
        ids.filter((other) => other !== id),
      );
    }
    for (const list of [
      this.appRoleAssignments,
      this.roleAssignments,
      this.eligibility,
      this.schedules,
      this.grants,
    ]) {
      const kept = list.filter((one) => one.principalId !== id);
      list.splice(0, list.length, ...kept);
    }
  }

  related(relation: Relation, id: string): readonly string[] {
    return this.#related.get(`${relation} ${id}`) ?? [];
  }

  relate(relation: Relation, id: string, ...others: readonly string[]): void {
    this.#related.set(`${relation} ${id}`, [...this.related(relation, id), ...others]);
  }

  unrelate(relation: Relation, id: string, other: string): void {
    this.#related.set(
      `${relation} ${id}`,
      this.related(relation, id).filter((one) => one !== other),
    );
  }

  /** The type of an object that is not deleted; undefined where there is none. */
  typeOf(id: string): DirectoryType | undefined {
    return DIRECTORY_TYPES.find((type) => this.objects[type].has(id));
  }

  find(type: DirectoryType, id: string): GraphObject | undefined {
    return this.objects[type].get(id);
  }

  list(type: DirectoryType): Sliceable {
    return [...this.objects[type].values()];
  }

  assignmentsTo(servicePrincipal: string): readonly GraphObject[] {
    return this.appRoleAssignments.filter(({ resourceId }) => resourceId === servicePrincipal);
  }
}

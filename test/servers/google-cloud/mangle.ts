/** Where an answer's objects are, and which field of one its id is; without `items` the answer is the object. */
const IDS: Readonly<Record<string, { readonly items?: string; readonly id: string }>> = {
  organization: { id: "name" },
  folder: { id: "name" },
  folders: { items: "folders", id: "name" },
  project: { id: "name" },
  projects: { items: "projects", id: "name" },
  "organization policy": { items: "bindings", id: "role" },
  "folder policy": { items: "bindings", id: "role" },
  "project policy": { items: "bindings", id: "role" },
  "service accounts": { items: "accounts", id: "uniqueId" },
  "service account policies": { items: "bindings", id: "role" },
  "service account keys": { items: "keys", id: "name" },
  "custom roles": { items: "roles", id: "name" },
  "custom role": { id: "name" },
  "workload pools": { items: "workloadIdentityPools", id: "name" },
  "workload pool": { id: "name" },
  "workload pool providers": { items: "workloadIdentityPoolProviders", id: "name" },
};

/** The answer with its first object without its id; undefined where it has none. */
export function withoutId<T extends object>(list: string, given: T): T | undefined {
  const where = IDS[list];
  if (where === undefined) throw new Error(`it is not known what the objects of ${list} are`);
  const { items, id } = where;
  if (items === undefined) return { ...given, [id]: undefined };
  const [, all] = Object.entries(given).find(([name]) => name === items) ?? [];
  if (!Array.isArray(all) || all.length === 0) return undefined;
  const objects: readonly unknown[] = all;
  const [first, ...rest] = objects;
  return typeof first === "object"
    ? { ...given, [items]: [{ ...first, [id]: undefined }, ...rest] }
    : undefined;
}

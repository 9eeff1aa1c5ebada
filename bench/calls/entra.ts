import { collector } from "../../collectors/entra/collector.js";
import { user } from "../../test/servers/graph/company.js";
import { CLIENT, GraphServer, TENANT_ID } from "../../test/servers/graph/index.js";
import { LargeTenant } from "../../test/servers/graph/large.js";
import type { Estate } from "./estate.js";

const USERS = 5_000;

export async function startEntra(): Promise<Estate> {
  const tenant = new LargeTenant(USERS);
  // Every tenth user is a guest, and has no mailbox here.
  const members = Array.from({ length: USERS }, (_, i) => i).filter((i) => i % 10 !== 0);
  for (const member of members) tenant.rules.set(user(member), []);
  const server = await GraphServer.start(tenant);
  const { group = 0, servicePrincipal = 0, application = 0, device = 0 } = tenant.sizes;
  return {
    collector,
    settings: { tenantId: TENANT_ID, endpoint: server.url, authority: server.url },
    environment: {
      AZURE_CLIENT_ID: CLIENT.id,
      AZURE_TENANT_ID: TENANT_ID,
      AZURE_CLIENT_SECRET: CLIENT.secret,
    },
    holds: [
      { what: "organisation", count: 1, asked: [] },
      { what: "subscribed SKUs", count: tenant.skus.length, asked: [] },
      { what: "members", count: members.length, asked: ["inbox rules"] },
      { what: "guests", count: USERS - members.length, asked: ["sponsors"] },
      { what: "groups", count: group, asked: ["members", "owners"] },
      { what: "service principals", count: servicePrincipal, asked: ["owners", "app role assignments"] },
      { what: "applications", count: application, asked: ["owners", "federated credentials"] },
      { what: "devices", count: device, asked: ["owners"] },
      { what: "consents", count: tenant.grants.length, asked: [] },
    ],
    calls: () => server.calls,
    stop: () => server.stop(),
  };
}

import { app, clientId, device, group, guid, PERMISSIONS, sku, sp, TENANT_ID, user } from "./company.js";
import {
  type DirectoryType,
  type GraphObject,
  GraphTenant,
  type Relation,
  type Sliceable,
} from "./tenant.js";

const KINDS: Readonly<Record<number, DirectoryType>> = {
  1: "user",
  2: "group",
  3: "servicePrincipal",
  4: "application",
  6: "device",
};
const MEMBERS = 20;
const ASSIGNED = 5;
/** A role that every application has. */
const ROLE = guid(10, 1);

/** A tenant of any size, whose objects are made when they are asked for. Ids count from 0. */
export class LargeTenant extends GraphTenant {
  /** How many there are of each. */
  readonly sizes: Readonly<Partial<Record<DirectoryType, number>>>;

  constructor(users: number) {
    super(TENANT_ID);
    this.sizes = {
      user: users,
      group: users / 10,
      servicePrincipal: users / 100,
      application: users / 200,
      device: users / 2,
    };
    this.pageSize = 999;
    for (const permission of PERMISSIONS) this.granted.add(permission);
    this.skus.push({
      id: `${TENANT_ID}_${sku(1)}`,
      skuId: sku(1),
      skuPartNumber: "SPE_E5",
      capabilityStatus: "Enabled",
      consumedUnits: users,
      prepaidUnits: { enabled: users },
    });
    for (let number = 0; number < users / 50; number++) {
      this.grants.push({
        id: `grant-${number}`,
        clientId: sp(number % (users / 100)),
        consentType: number % 10 === 0 ? "AllPrincipals" : "Principal",
        principalId: number % 10 === 0 ? null : user(number),
        resourceId: sp(0),
        scope: "User.Read Mail.Read",
      });
    }
  }

  /** All directory objects that are listed. */
  get entities(): number {
    return Object.values(this.sizes).reduce((sum, size) => sum + size, 0) + this.grants.length;
  }

  override list(type: DirectoryType): Sliceable {
    const length = this.sizes[type] ?? 0;
    return {
      length,
      slice: (from, to) =>
        Array.from({ length: Math.max(0, Math.min(to, length) - from) }, (_, index) =>
          make(type, from + index),
        ),
    };
  }

  override find(type: DirectoryType, id: string): GraphObject | undefined {
    const [kind, number] = partsOf(id);
    return KINDS[kind] === type && number < (this.sizes[type] ?? 0) ? make(type, number) : undefined;
  }

  override typeOf(id: string): DirectoryType | undefined {
    const [kind, number] = partsOf(id);
    const type = KINDS[kind];
    return type !== undefined && number < (this.sizes[type] ?? 0) ? type : undefined;
  }

  override related(relation: Relation, id: string): readonly string[] {
    const [, number] = partsOf(id);
    const users = this.sizes.user ?? 1;
    switch (relation) {
      case "members": {
        const people = Array.from({ length: MEMBERS }, (_, index) => user((number * 7 + index * 13) % users));
        return number % 10 === 0
          ? [...people, sp(number % (users / 100)), group((number + 1) % (users / 10))]
          : people;
      }
      default:
        return [user(number % users)];
    }
  }

  override assignmentsTo(servicePrincipal: string): readonly GraphObject[] {
    const [, number] = partsOf(servicePrincipal);
    return Array.from({ length: ASSIGNED }, (_, index) => ({
      id: `assignment-${number}-${index}`,
      appRoleId: ROLE,
      principalId: user((number * 11 + index) % (this.sizes.user ?? 1)),
      principalType: "User",
      principalDisplayName: "somebody",
      resourceDisplayName: "something",
      resourceId: servicePrincipal,
      createdDateTime: "2024-01-01T00:00:00Z",
    }));
  }
}

const partsOf = (id: string): readonly [number, number] => [Number(id.slice(0, 8)), Number(id.slice(24))];

function make(type: DirectoryType, number: number): GraphObject {
  switch (type) {
    case "user":
      return {
        id: user(number),
        displayName: `User ${number}`,
        userPrincipalName: `user${number}@contoso.example`,
        mail: `user${number}@contoso.example`,
        proxyAddresses: [`SMTP:user${number}@contoso.example`],
        accountEnabled: number % 20 !== 0,
        userType: number % 10 === 0 ? "Guest" : "Member",
        employeeId: String(number),
        employeeLeaveDateTime: null,
        createdDateTime: "2021-05-03T07:30:00Z",
        signInSessionsValidFromDateTime: "2024-01-02T03:04:05Z",
        lastPasswordChangeDateTime: "2024-01-02T03:04:05Z",
        assignedLicenses: [{ skuId: sku(1), disabledPlans: [] }],
        licenseAssignmentStates: [{ skuId: sku(1), assignedByGroup: null }],
        signInActivity: { lastSignInDateTime: "2026-11-20T08:00:00Z" },
      };
    case "group":
      return {
        id: group(number),
        displayName: `Group ${number}`,
        mail: null,
        mailEnabled: false,
        proxyAddresses: [],
        groupTypes: [],
        securityEnabled: true,
        createdDateTime: "2021-06-01T00:00:00Z",
      };
    case "servicePrincipal":
      return {
        id: sp(number),
        appId: clientId(number),
        displayName: `Application ${number}`,
        accountEnabled: true,
        appOwnerOrganizationId: TENANT_ID,
        appRoleAssignmentRequired: false,
        appRoles: [{ id: ROLE, displayName: "Use", value: "Use", isEnabled: true }],
        servicePrincipalNames: [clientId(number)],
        servicePrincipalType: "Application",
        passwordCredentials: [],
        keyCredentials: [],
      };
    case "application":
      return {
        id: app(number),
        appId: clientId(number),
        displayName: `Application ${number}`,
        createdDateTime: "2022-02-02T00:00:00Z",
        signInAudience: "AzureADMyOrg",
        passwordCredentials: [
          {
            keyId: guid(11, number),
            displayName: "secret",
            hint: "abc",
            startDateTime: "2024-01-01T00:00:00Z",
            endDateTime: "2027-01-01T00:00:00Z",
          },
        ],
        keyCredentials: [],
      };
    case "device":
      return {
        id: device(number),
        displayName: `LAPTOP-${number}`,
        deviceId: guid(13, number),
        accountEnabled: true,
        operatingSystem: "Windows",
        trustType: "AzureAd",
        approximateLastSignInDateTime: "2026-11-01T00:00:00Z",
      };
    default:
      throw new Error(`there is no ${type} in a large tenant`);
  }
}

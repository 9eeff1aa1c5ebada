import type { Field } from "../../src/collect/index.js";

/** Where each property comes from, and what those are for that only Entra ID has. */
export const fields: Readonly<Record<string, Field>> = {
  name: { from: "displayName" },
  aliases: { from: "id" },
  "EntraUser.aliases": { from: "id, userPrincipalName, mail, proxyAddresses" },
  "EntraGroup.aliases": { from: "id, mail, proxyAddresses" },
  "EntraServicePrincipal.aliases": { from: "id, appId, and the issuer and subject of its tokens" },

  "EntraTenant.tenantId": { from: "organization.id", use: "tells tenants apart" },
  "EntraTenant.domains": {
    from: "organization.verifiedDomains[].name",
    use: "the company's own domains: addresses elsewhere are outside",
  },
  "EntraTenant.createdAt": { from: "organization.createdDateTime" },

  "EntraLicense.name": { from: "subscribedSkus.skuPartNumber" },
  sku: { from: "subscribedSkus.skuId" },
  seats: { from: "subscribedSkus.prepaidUnits.enabled" },
  seatsUsed: { from: "subscribedSkus.consumedUnits" },
  "EntraLicense.status": {
    from: "subscribedSkus.capabilityStatus",
    use: "enabled, or suspended and about to end",
  },
  costPerSeat: { from: "the configuration: seatCosts" },
  currency: { from: "the configuration: seatCosts" },
  renewsOn: { from: "the configuration: seatCosts" },

  username: { from: "users.userPrincipalName; of deleted users without the id that was put before it" },
  "EntraUser.email": { from: "users.mail" },
  employeeId: { from: "users.employeeId" },
  "EntraUser.status": { from: "users.accountEnabled; deleted where it is among the deleted items" },
  userType: { from: "users.userType" },
  accountType: { from: "users.userType Guest; others are unknown until a person is found" },
  accountTypeEvidence: { from: "users.userType" },
  "EntraUser.createdAt": { from: "users.createdDateTime" },
  lastLoginAt: {
    from: "users.signInActivity.lastSuccessfulSignInDateTime, else the newest attempt",
  },
  leaveAt: { from: "users.employeeLeaveDateTime" },
  passwordChangedAt: { from: "users.lastPasswordChangeDateTime" },
  sessionsValidFrom: { from: "users.signInSessionsValidFromDateTime" },
  immutableId: {
    from: "users.onPremisesImmutableId",
    use: "ties the user to the account in Active Directory that it is synchronised from",
  },
  synced: {
    from: "users.onPremisesSyncEnabled",
    use: "whether it is disabled in Active Directory and not here",
  },
  deletedAt: { from: "directory/deletedItems: deletedDateTime", use: "when it ended" },

  "EntraGroup.email": { from: "groups.mail" },
  groupKind: {
    from: "groups.groupTypes, mailEnabled, securityEnabled",
    use: "what belonging to it means: access, mail or both",
  },
  membership: {
    from: "groups.groupTypes, onPremisesSyncEnabled",
    use: "assigned, dynamic or synced: decides where a membership is ended",
  },
  assignableToRole: {
    from: "groups.isAssignableToRole",
    use: "whether directory roles can be given to it, and only administrators of roles may change it",
  },
  hiddenMembers: {
    from: "groups.visibility",
    use: "whether reading its members needs a permission of its own",
  },
  "EntraGroup.createdAt": { from: "groups.createdDateTime" },
  "EntraGroup.status": { from: "it is among the deleted items" },

  nhiType: { from: "servicePrincipals.servicePrincipalType" },
  "EntraServicePrincipal.status": {
    from: "servicePrincipals.accountEnabled; deleted where it is among the deleted items",
  },
  managedBy: { from: "servicePrincipals.appOwnerOrganizationId: whether it is a tenant of Microsoft's" },
  appId: { from: "appId" },
  purpose: { from: "servicePrincipals.alternativeNames: the Azure resource of a managed identity" },
  firstParty: { from: "servicePrincipals.appOwnerOrganizationId: Microsoft's tenant, or the own one" },
  publisher: {
    from: "servicePrincipals.verifiedPublisher.displayName, else appOwnerOrganizationId: Microsoft, own tenant, or the tenant's id",
  },
  ownerTenant: {
    from: "servicePrincipals.appOwnerOrganizationId",
    use: "which tenant an application is registered in: there its secrets are",
  },
  verifiedPublisher: {
    from: "servicePrincipals.verifiedPublisher",
    use: "whether Microsoft knows who made a third party's application",
  },
  objectId: { from: "applications.id", use: "names the registration in commands" },
  "EntraApplication.createdAt": { from: "applications.createdDateTime" },
  audience: { from: "applications.signInAudience", use: "whether accounts of other tenants can sign in" },
  "EntraApplication.status": { from: "it is among the deleted items" },
  "EntraAppInstance.status": {
    from: "servicePrincipals.accountEnabled",
    use: "disabled, it signs nobody in, whoever is assigned",
  },
  signsInTo: { from: "servicePrincipals.servicePrincipalNames without the appId" },
  assignmentRequired: { from: "servicePrincipals.appRoleAssignmentRequired" },

  value: { from: "servicePrincipals.appRoles[].value" },
  enabled: {
    from: "servicePrincipals.appRoles[].isEnabled",
    use: "whether it can still be assigned; who has it keeps it",
  },
  "EntraAppRole.name": { from: "servicePrincipals.appRoles[].value, displayName" },
  "EntraAppRole.privilege": { from: "servicePrincipals.appRoles[].value, where the API is Microsoft's" },
  "EntraAppRole.privilegeWhy": { from: "the same" },

  credentialType: {
    from: "in which list it stands: passwordCredentials, keyCredentials (signing: those that sign tokens), federatedIdentityCredentials",
  },
  "EntraCredential.status": { from: "it is there: a credential cannot be switched off" },
  usage: {
    from: "keyCredentials[].usage",
    use: "whether it proves who the application is, or signs what it issues",
  },
  "EntraCredential.createdAt": {
    from: "passwordCredentials[].startDateTime, keyCredentials[].startDateTime",
  },
  expiresAt: { from: "passwordCredentials[].endDateTime, keyCredentials[].endDateTime" },
  issuer: {
    from: "federatedIdentityCredentials.issuer",
    use: "whose tokens are accepted instead of a secret",
  },
  subject: {
    from: "federatedIdentityCredentials.subject",
    use: "which workload's tokens are accepted instead of a secret",
  },
  "CAN_ASSUME.trust": { from: "it is a federated credential" },
  "CAN_ASSUME.credentialId": {
    from: "federatedIdentityCredentials.id",
    use: "names the credential in commands",
  },

  scopes: { from: "oauth2PermissionGrants.scope" },
  consentType: { from: "oauth2PermissionGrants.consentType" },
  api: { from: "oauth2PermissionGrants.resourceId", use: "where the scopes hold" },
  "EntraOAuthGrant.name": { from: "the client's displayName, and for whom" },
  "EntraOAuthGrant.privilege": {
    from: "oauth2PermissionGrants.scope, where the API is Microsoft's: the strongest",
  },
  "EntraOAuthGrant.privilegeWhy": { from: "the same" },

  "EntraDirectoryRole.name": { from: "roleDefinitions.displayName, and the scope" },
  role: { from: "roleAssignments.roleDefinitionId" },
  scope: { from: "roleAssignments.directoryScopeId" },
  "EntraDirectoryRole.privilege": {
    from: "Microsoft's list of privileged roles, else roleDefinitions.rolePermissions",
  },
  "EntraDirectoryRole.privilegeWhy": { from: "the same" },

  deviceId: { from: "devices.deviceId", use: "names the device in Intune and on the device itself" },
  "EntraDevice.status": { from: "devices.accountEnabled" },
  operatingSystem: { from: "devices.operatingSystem", use: "what it is; shown beside it" },
  trustType: { from: "devices.trustType", use: "the company's device, or somebody's own" },
  lastUsedAt: { from: "devices.approximateLastSignInDateTime" },
  "EntraMailbox.name": { from: "the addresses it forwards to" },
  forwardsTo: {
    from: "messageRules.actions: forwardTo, forwardAsAttachmentTo, redirectTo of enabled rules",
    use: "where somebody's mail goes on to; addresses outside the company are looked at first",
  },

  "USES_SEAT.via": { from: "users.licenseAssignmentStates[].assignedByGroup" },
  "HAS_ENTITLEMENT.directMembersOnly": {
    from: "the holder is a group: neither roles of applications nor of the directory are passed on by nesting",
  },
  "HAS_ENTITLEMENT.assignmentId": {
    from: "appRoleAssignedTo.id, roleAssignments.id",
    use: "names the assignment in commands",
  },
  "HAS_ENTITLEMENT.assignment": { from: "it is in roleEligibilityScheduleInstances" },
  "HAS_ENTITLEMENT.startsAt": { from: "startDateTime of the instances of schedules" },
  "HAS_ENTITLEMENT.endsAt": { from: "endDateTime of the instances of schedules" },
  "HAS_ENTITLEMENT.via": { from: "assignmentType of active, memberType of eligible instances" },
  "OWNED_BY.basis": { from: "it is declared in Entra ID" },
  "OWNED_BY.evidence": { from: "in which list it stands: owners, registeredOwners, sponsors" },
};

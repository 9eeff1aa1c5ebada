/*---
id: NHI-002
title: Non-human identity without an owner
status: stable
revision: 3
severity:
  column: privilege
  values: { admin: critical, privileged: high }
  otherwise: medium
subject: identity
identity: [identity]
columns:
  identity: { type: key, means: The non-human identity that nobody answers for. }
  identityName: { type: text, means: Its name. }
  nhiType: { type: text, optional: true, means: "What it is: a role, a service account, an application." }
  status: { type: text, means: Its status as last read; many kinds have none. }
  purpose: { type: text, optional: true, means: "What it is for, where its system says so." }
  named: { type: texts, means: "What is named as its owner, or as its application's, and leads to no person: a tag, an account of nobody." }
  privilege: { type: text, means: The most that its policies allow. }
  createdAt: { type: instant, optional: true, means: When it was made. }
  lastUsedAt: { type: instant, optional: true, means: The last time it was used. }
params:
  roles: { type: flag, default: true, means: Whether roles need an owner as well. Without them they count as excluded. }
  managedIdentities:
    type: flag
    default: false
    means: Whether managed identities need an owner as well, whom no source that is read names. Without them they count as excluded.
  thirdParty:
    type: flag
    default: false
    means: Whether the service principals of applications that others registered need an owner as well. Without them they count as excluded.
reason: "Nobody in the HR record owns {identityName} ({nhiType|of an unknown kind}). Named as its owner: {named|nobody}."
population:
  means: non-human identities of the company that are not disabled; excluded is what the provider manages, and managed identities, service principals of third parties and roles where they are left out
  query: |
    MATCH (n:NonHumanIdentity)
    WHERE NOT coalesce(n.status, 'unknown') IN ['disabled', 'deleted']
    OPTIONAL MATCH (n:NonHumanIdentity)<-[:RUNS_AS]-(x:Application)
    WHERE x.firstParty = false
    WITH n, count(x) AS outside
    WITH CASE WHEN coalesce(n.managedBy, 'customer') = 'provider' THEN 1
              WHEN coalesce(n.nhiType, 'unknown') = 'role' AND NOT $roles THEN 1
              WHEN coalesce(n.nhiType, 'unknown') = 'managedIdentity' AND NOT $managedIdentities THEN 1
              WHEN outside > 0 AND NOT $thirdParty THEN 1
              ELSE 0 END AS out
    RETURN count(CASE WHEN out = 0 THEN 1 END) AS population, count(CASE WHEN out = 1 THEN 1 END) AS excluded
needs:
  see: [NonHumanIdentity]
  absenceOf:
    - { type: Employment, scope: all }
    - { type: HAS_ACCOUNT, scope: all }
    - { type: OWNED_BY(Application|NonHumanIdentity), scope: subject }
    # An owner by id may be an account that the list of users did not come to.
    - { type: EntraUser?, scope: subject }
evidence:
  - { column: identity, role: access, requires: { status: enabled } }
remediation:
  - { action: assignOwner, subject: identity }
controls:
  owaspNhi2025: [NHI1]
  nist80053r5: [AC-2, IA-4, IA-5]
  csf20: [PR.AA-01]
  iso27001: ["5.16", "5.17"]
  soc2: [CC6.3]
  cis81: ["5.5"]
  pci401: ["7.2.5.1"]
falsePositives:
  - A team that answers for it together and is named in a tag. Name one person of it in the mapping file.
  - A role that a stack makes and replaces, whose owner is known by the stack and not by the role.
  - A managed identity whose resource in Azure has an owner, where they are asked for; nothing reads that owner.
  - A third party's service principal that somebody here looks after without being its owner in the tenant, where they are asked for.
blindSpots:
  - What the provider owns (service-linked roles, roles of a sign-in service) is left out and counted as excluded.
  - Managed identities, and service principals of applications that others registered, unless the parameters ask for them.
  - Roles of other companies that are trusted here are known by reference only, and are theirs to own.
  - An owner who is named only because they once created it may know nothing of it; the basis says so.
  - Software that signs in as a person's account is not known to be software.
  - An application that is registered here and runs as nothing here is none of these; one that does is judged with what
    it runs as.
---*/
MATCH (n:NonHumanIdentity)
WHERE coalesce(n.managedBy, 'customer') <> 'provider'
  AND NOT coalesce(n.status, 'unknown') IN ['disabled', 'deleted']
  AND ($roles OR coalesce(n.nhiType, 'unknown') <> 'role')
  AND ($managedIdentities OR coalesce(n.nhiType, 'unknown') <> 'managedIdentity')
  AND ($thirdParty OR NOT EXISTS { MATCH (n:NonHumanIdentity)<-[:RUNS_AS]-(x:Application) WHERE x.firstParty = false })
  AND NOT EXISTS { MATCH (n:NonHumanIdentity)-[:OWNED_BY]->(p:Person) }
  AND NOT EXISTS { MATCH (n:NonHumanIdentity)-[:OWNED_BY]->(a:Account)<-[:HAS_ACCOUNT]-(q:Person) }
  AND NOT EXISTS { MATCH (n:NonHumanIdentity)<-[:HAS_ACCOUNT]-(r:Person) }
  AND NOT EXISTS { MATCH (n:NonHumanIdentity)<-[:RUNS_AS]-(x:Application)-[:OWNED_BY]->(p:Person) }
  AND NOT EXISTS { MATCH (n:NonHumanIdentity)<-[:RUNS_AS]-(x:Application)-[:OWNED_BY]->(a:Account)<-[:HAS_ACCOUNT]-(q:Person) }
OPTIONAL MATCH (n:NonHumanIdentity)-[:OWNED_BY]->(o:Entity)
WITH n, collect(DISTINCT coalesce(o.name, o.key)) AS owners
OPTIONAL MATCH (n:NonHumanIdentity)<-[:RUNS_AS]-(x:Application)-[:OWNED_BY]->(o:Entity)
WITH n, owners, collect(DISTINCT coalesce(o.name, o.key)) AS ofApplication
WITH n, owners + [one IN ofApplication WHERE NOT one IN owners] AS named
RETURN n.key AS identity, coalesce(n.name, n.key) AS identityName,
  coalesce(n.nhiType, CASE WHEN n:Account THEN 'service account' END) AS nhiType,
  coalesce(n.status, 'unknown') AS status,
  n.purpose AS purpose,
  named,
  coalesce(n.effectivePrivilege, 'unknown') AS privilege,
  n.createdAt AS createdAt,
  coalesce(n.lastUsedAt, n.lastLoginAt) AS lastUsedAt

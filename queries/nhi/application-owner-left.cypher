/*---
id: NHI-003
title: Application or service principal whose owner has left
status: stable
revision: 1
severity:
  column: privilege
  values: { admin: critical, privileged: high, write: high }
  otherwise: medium
subject: identity
person: owner
identity: [identity, owner]
columns:
  identity: { type: key, means: The application or service principal. }
  identityName: { type: text, means: Its name. }
  kind: { type: text, means: "What it is: application, servicePrincipal or managedIdentity." }
  status: { type: text, means: "Its status as last read; applications have none of their own." }
  publisher: { type: text, optional: true, means: "Who made it, where the system says so." }
  privilege: { type: text, means: "The most that is given to it, or to what it runs as, at first hand." }
  runsAs: { type: keys, means: "The service principals that an application runs as, where they are not disabled." }
  owner: { type: key, means: The owner who has left. }
  ownerName: { type: text, means: Their name. }
  lastDay: { type: date, optional: true, means: The owner's last day. }
  basis: { type: text, optional: true, means: "What says that they own it: declared, tag or mapping." }
  link: { type: edge, optional: true, means: "What ties the owning account to the owner, where an account owns it." }
  ownership: { type: edge, means: What makes them the owner. }
  jobs: { type: edges, means: The owner's employments. }
reason: "{ownerName}, who owns the {kind} {identityName} ({basis|no basis given}), left on {lastDay|a day that the HR record does not give}, and nobody who is here owns it."
population:
  means: applications, service principals and managed identities of the company that have an owner and are not disabled
  query: |
    MATCH (n:Entity)-[:OWNED_BY]->(o:Entity)
    WHERE (n:Application
        OR (n:NonHumanIdentity AND coalesce(n.nhiType, 'unknown') IN ['servicePrincipal', 'managedIdentity']))
      AND (o:Person OR o:Account)
      AND coalesce(n.managedBy, 'customer') <> 'provider'
      AND NOT coalesce(n.status, 'unknown') IN ['disabled', 'deleted']
    RETURN count(DISTINCT n.key) AS population
needs:
  see: [Employment, EMPLOYED_AS, Application, OWNED_BY(Application|NonHumanIdentity), RUNS_AS?, HAS_ENTITLEMENT?]
  absenceOf:
    - { type: Employment, scope: all, once: true }
    - { type: HAS_ACCOUNT, scope: all }
    # An owner by id may be an account that the list of users did not come to.
    - { type: EntraUser?, scope: subject }
    - { type: OWNED_BY(Application|NonHumanIdentity), scope: subject }
evidence:
  - { column: identity, role: access, requires: { status: enabled } }
  - { column: runsAs, role: access, requires: { status: enabled } }
  - { column: ownership, role: context }
  - { column: link, role: context }
  - { column: jobs, role: context }
path: [link, ownership]
remediation:
  - { action: assignOwner, subject: identity }
controls:
  owaspNhi2025: [NHI1]
  nist80053r5: [AC-2, "PS-4 b", "PS-4 e", IA-5]
  csf20: [PR.AA-01]
  iso27001: ["5.16", "5.17"]
  soc2: [CC6.3]
  cis81: ["5.5"]
  pci401: ["7.2.5.1"]
falsePositives:
  - A person whose new employment is in an HR source that could not be read since; the finding says that it was not checked.
  - An application that a team answers for, and that only its first developer is written down for.
  - An application whose other owner is software (a pipeline), which is somebody's; name that person as well.
blindSpots:
  - Applications that nobody was ever named for; NHI-002 reports the service principals that they run as.
  - Who may administer every application by a directory role, which is no ownership.
  - An owner who moved to another team and is still employed.
  - What it reaches through groups; the privilege is that of its own assignments.
---*/
MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
WITH p,
  max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
  max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
            AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live,
  max(w.end) AS lastDay,
  collect('EMPLOYED_AS|' + p.key + '|' + w.key + '|' + coalesce(e.disc, '')) AS jobs
WHERE over = 1 AND live = 0
OPTIONAL MATCH (p:Person)-[:HAS_ACCOUNT]->(a:Account)
WITH p, lastDay, jobs, [p.key] + collect(a.key) AS selves
UNWIND selves AS self
MATCH (c:Entity {key: self})<-[o:OWNED_BY]-(n:Entity)
WHERE (n:Application
    OR (n:NonHumanIdentity AND coalesce(n.nhiType, 'unknown') IN ['servicePrincipal', 'managedIdentity']))
  AND coalesce(n.managedBy, 'customer') <> 'provider'
  AND NOT coalesce(n.status, 'unknown') IN ['disabled', 'deleted']
  AND (NOT EXISTS { MATCH (n:Entity)-[:RUNS_AS]->(s:NonHumanIdentity) }
    OR EXISTS { MATCH (n:Entity)-[:RUNS_AS]->(s:NonHumanIdentity)
                WHERE NOT coalesce(s.status, 'unknown') IN ['disabled', 'deleted'] })
  AND NOT EXISTS { MATCH (n:Entity)<-[:RUNS_AS]-(x:Application)-[:OWNED_BY]->(p:Person)
                   WHERE NOT coalesce(x.status, 'unknown') IN ['disabled', 'deleted'] }
  AND NOT EXISTS { MATCH (n:Entity)<-[:RUNS_AS]-(x:Application)-[:OWNED_BY]->(a:Account)<-[:HAS_ACCOUNT]-(p:Person)
                   WHERE NOT coalesce(x.status, 'unknown') IN ['disabled', 'deleted'] }
  AND NOT EXISTS {
    MATCH (n:Entity)-[:OWNED_BY]->(q:Person)
    WHERE EXISTS { MATCH (q:Person)-[f:EMPLOYED_AS]->(y:Employment)
                   WHERE coalesce(f.left, false) = false AND coalesce(f.since, $now) <= $now
                     AND coalesce(f.until, $now + 1) > $now }
       OR NOT EXISTS { MATCH (q:Person)-[g:EMPLOYED_AS]->(z:Employment)
                       WHERE g.left = true OR g.until <= $now }
  }
  AND NOT EXISTS {
    MATCH (n:Entity)-[:OWNED_BY]->(b:Account)<-[:HAS_ACCOUNT]-(q:Person)
    WHERE EXISTS { MATCH (q:Person)-[f:EMPLOYED_AS]->(y:Employment)
                   WHERE coalesce(f.left, false) = false AND coalesce(f.since, $now) <= $now
                     AND coalesce(f.until, $now + 1) > $now }
       OR NOT EXISTS { MATCH (q:Person)-[g:EMPLOYED_AS]->(z:Employment)
                       WHERE g.left = true OR g.until <= $now }
  }
  AND NOT EXISTS {
    MATCH (n:Entity)-[:RUNS_AS]-(m:Entity)-[:OWNED_BY]->(q:Person)
    WHERE EXISTS { MATCH (q:Person)-[f:EMPLOYED_AS]->(y:Employment)
                   WHERE coalesce(f.left, false) = false AND coalesce(f.since, $now) <= $now
                     AND coalesce(f.until, $now + 1) > $now }
       OR NOT EXISTS { MATCH (q:Person)-[g:EMPLOYED_AS]->(z:Employment)
                       WHERE g.left = true OR g.until <= $now }
  }
  AND NOT EXISTS {
    MATCH (n:Entity)-[:RUNS_AS]-(m:Entity)-[:OWNED_BY]->(b:Account)<-[:HAS_ACCOUNT]-(q:Person)
    WHERE EXISTS { MATCH (q:Person)-[f:EMPLOYED_AS]->(y:Employment)
                   WHERE coalesce(f.left, false) = false AND coalesce(f.since, $now) <= $now
                     AND coalesce(f.until, $now + 1) > $now }
       OR NOT EXISTS { MATCH (q:Person)-[g:EMPLOYED_AS]->(z:Employment)
                       WHERE g.left = true OR g.until <= $now }
  }
OPTIONAL MATCH (p:Person)-[h:HAS_ACCOUNT]->(c:Entity)
OPTIONAL MATCH (n:Entity)-[:HAS_ENTITLEMENT]->(t:Entitlement)
OPTIONAL MATCH (n:Entity)-[:RUNS_AS]->(s:NonHumanIdentity)
WHERE NOT coalesce(s.status, 'unknown') IN ['disabled', 'deleted']
OPTIONAL MATCH (s:NonHumanIdentity)-[:HAS_ENTITLEMENT]->(u:Entitlement)
WITH p, lastDay, jobs, n, o, c, h, s,
  [coalesce(n.effectivePrivilege, 'none'), coalesce(s.effectivePrivilege, 'none'),
   coalesce(t.privilege, 'none'), coalesce(u.privilege, 'none')] AS given
WITH p, lastDay, jobs, n, o, c, h, collect(DISTINCT s.key) AS runsAs,
  max(CASE WHEN 'admin' IN given THEN 4 WHEN 'privileged' IN given THEN 3 WHEN 'write' IN given THEN 2
           WHEN 'unknown' IN given THEN 0 WHEN 'read' IN given THEN 1 ELSE 0 END) AS most
RETURN n.key AS identity, coalesce(n.name, n.key) AS identityName,
  CASE WHEN n:Application THEN 'application' ELSE n.nhiType END AS kind,
  coalesce(n.status, 'unknown') AS status, n.publisher AS publisher,
  CASE most WHEN 4 THEN 'admin' WHEN 3 THEN 'privileged' WHEN 2 THEN 'write' WHEN 1 THEN 'read' ELSE 'unknown' END AS privilege,
  runsAs,
  p.key AS owner, coalesce(p.name, p.key) AS ownerName, lastDay,
  o.basis AS basis,
  CASE WHEN h IS NULL THEN null ELSE 'HAS_ACCOUNT|' + p.key + '|' + c.key + '|' + coalesce(h.disc, '') END AS link,
  'OWNED_BY|' + n.key + '|' + c.key + '|' + coalesce(o.disc, '') AS ownership,
  jobs

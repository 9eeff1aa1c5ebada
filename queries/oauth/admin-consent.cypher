/*---
id: OAU-001
title: Third-party application with an administrator's consent
status: stable
revision: 1
severity:
  column: weight
  values: { admin: critical, privileged: high, read: low }
  otherwise: medium
subject: application
identity: [application]
columns:
  application: { type: key, means: The application that was let in. }
  applicationName: { type: text, means: Its name. }
  publisher: { type: text, optional: true, means: "Who made it, where the system says so." }
  verifiedPublisher: { type: flag, optional: true, means: "Whether the system verified who made it; empty where it does not say." }
  firstParty: { type: flag, optional: true, means: "Whether the provider or the company itself made it; empty where nobody knows." }
  scopes: { type: texts, means: What it may do in the name of everybody. }
  roles: { type: texts, means: "What it may do by itself, without a user." }
  privilege: { type: text, means: "The most that these allow: admin, privileged, write, read or unknown." }
  weight: { type: text, means: "What the severity follows: the privilege, one step up for what it may do by itself." }
  grants: { type: keys, means: The consents. }
  runsAs: { type: keys, means: "The service principals that it runs as, where they are not disabled." }
  consents: { type: edges, means: What ties the consents to it. }
  assigned: { type: edges, means: The roles that are assigned to what it runs as. }
  unclear: { type: text, optional: true, means: "What could not be told, where it decides." }
reason: "An administrator let the application {applicationName} of {publisher|somebody whom the system does not name} in for everybody. In the name of whoever uses it: {scopes|nothing}. By itself: {roles|nothing}."
unknown: "An administrator may have let the application {applicationName} in for everybody, and {unclear|something about it} is not known. In the name of whoever uses it: {scopes|nothing}. By itself: {roles|nothing}."
population:
  means: applications with an administrator's consent; excluded are those of the provider and of the company itself
  query: |
    MATCH (x:Application)
    WHERE NOT coalesce(x.status, 'unknown') IN ['disabled', 'deleted']
      AND (NOT EXISTS { MATCH (x:Application)-[:RUNS_AS]->(s:NonHumanIdentity) }
        OR EXISTS { MATCH (x:Application)-[:RUNS_AS]->(s:NonHumanIdentity)
                    WHERE NOT coalesce(s.status, 'unknown') IN ['disabled', 'deleted'] })
      AND (EXISTS { MATCH (x:Application)<-[:TO]-(g:OAuthGrant) WHERE coalesce(g.consentType, 'unknown') <> 'user' }
        OR EXISTS { MATCH (x:Application)-[:RUNS_AS]->(s:NonHumanIdentity)-[:HAS_ENTITLEMENT]->(r:EntraAppRole)
                    WHERE NOT coalesce(s.status, 'unknown') IN ['disabled', 'deleted'] })
    WITH CASE WHEN coalesce(x.firstParty, false) THEN 1 ELSE 0 END AS out
    RETURN count(CASE WHEN out = 0 THEN 1 END) AS population, count(CASE WHEN out = 1 THEN 1 END) AS excluded
needs:
  see: [OAuthGrant.consentType, TO, Application.firstParty, RUNS_AS?, HAS_ENTITLEMENT?]
evidence:
  - { column: grants, role: access }
  - { column: consents, role: access }
  - { column: assigned, role: access }
  - { column: runsAs, role: access, requires: { status: enabled } }
  - { column: application, role: context }
remediation:
  - { say: "Find out who asked for {applicationName} and who needs it. What nobody needs, withdraw; where it stays, note who decided so as an exception with an end." }
  - { action: cut, edge: consents }
  - { action: cut, edge: assigned }
controls:
  owaspNhi2025: [NHI3]
  nist80053r5: [AC-2, AC-6]
  csf20: [PR.AA-05, DE.CM-06]
  iso27001: ["5.15", "5.18"]
  soc2: [CC6.3]
  cis81: ["5.5"]
  pci401: ["7.2.5.1"]
falsePositives:
  - An application that was reviewed and is meant to be there. Give it an exception that ends with the next review.
  - An application of the company's own that is registered in another tenant of the company.
blindSpots:
  - Who consented, and when, is in the audit log only.
  - Domain-wide delegation of Google Workspace and what an administrator installed from its Marketplace; no API lists them.
  - What an application that is known by name only may do beyond its scopes, in its own system.
  - Directory roles that were assigned to an application are no consent; RES-001's walk shows them to whoever asks.
  - Applications that users let in by themselves; LVR-003 reports those of leavers.
---*/
MATCH (x:Application)
WHERE coalesce(x.firstParty, false) = false
  AND NOT coalesce(x.status, 'unknown') IN ['disabled', 'deleted']
  AND (NOT EXISTS { MATCH (x:Application)-[:RUNS_AS]->(s:NonHumanIdentity) }
    OR EXISTS { MATCH (x:Application)-[:RUNS_AS]->(s:NonHumanIdentity)
                WHERE NOT coalesce(s.status, 'unknown') IN ['disabled', 'deleted'] })
  AND (EXISTS { MATCH (x:Application)<-[:TO]-(g:OAuthGrant) WHERE coalesce(g.consentType, 'unknown') <> 'user' }
    OR EXISTS { MATCH (x:Application)-[:RUNS_AS]->(s:NonHumanIdentity)-[:HAS_ENTITLEMENT]->(r:EntraAppRole)
                WHERE NOT coalesce(s.status, 'unknown') IN ['disabled', 'deleted'] })
OPTIONAL MATCH (x:Application)<-[o:TO]-(g:OAuthGrant)
WHERE coalesce(g.consentType, 'unknown') <> 'user'
UNWIND CASE WHEN size(coalesce(g.scopes, [])) = 0 THEN [null] ELSE g.scopes END AS scope
WITH x, collect(DISTINCT g.key) AS grants, collect(DISTINCT scope) AS scopes,
  collect(DISTINCT 'TO|' + g.key + '|' + x.key + '|' + coalesce(o.disc, '')) AS consents,
  max(CASE WHEN g.consentType = 'admin' THEN 1 ELSE 0 END) AS sure,
  max(CASE WHEN g IS NULL THEN 0 WHEN g.privilege = 'admin' THEN 5 WHEN g.privilege = 'privileged' THEN 4
           WHEN g.privilege = 'write' THEN 3 WHEN g.privilege = 'read' THEN 1 ELSE 2 END) AS forUsers
OPTIONAL MATCH (x:Application)-[:RUNS_AS]->(s:NonHumanIdentity)
WHERE NOT coalesce(s.status, 'unknown') IN ['disabled', 'deleted']
OPTIONAL MATCH (s:NonHumanIdentity)-[e:HAS_ENTITLEMENT]->(r:EntraAppRole)
WITH x, grants, scopes, consents, sure, forUsers,
  collect(DISTINCT s.key) AS runsAs, collect(DISTINCT coalesce(r.value, r.name, r.key)) AS roles,
  collect(DISTINCT 'HAS_ENTITLEMENT|' + s.key + '|' + r.key + '|' + coalesce(e.disc, '')) AS assigned,
  max(CASE WHEN r IS NULL THEN 0 WHEN r.privilege = 'admin' THEN 5 WHEN r.privilege = 'privileged' THEN 4
           WHEN r.privilege = 'write' THEN 3 WHEN r.privilege = 'read' THEN 1 ELSE 2 END) AS byItself
WITH x, grants, scopes, consents, runsAs, roles, assigned,
  CASE WHEN size(assigned) > 0 THEN 1 ELSE sure END AS sure,
  CASE WHEN forUsers > byItself THEN forUsers ELSE byItself END AS most,
  CASE byItself WHEN 3 THEN 4 WHEN 1 THEN 3 ELSE byItself END AS raised, forUsers
WITH x, grants, scopes, consents, runsAs, roles, assigned, sure, most,
  CASE WHEN forUsers > raised THEN forUsers ELSE raised END AS heavy
RETURN x.key AS application, coalesce(x.name, x.key) AS applicationName,
  x.publisher AS publisher, x.verifiedPublisher AS verifiedPublisher, x.firstParty AS firstParty,
  scopes, roles,
  CASE most WHEN 5 THEN 'admin' WHEN 4 THEN 'privileged' WHEN 3 THEN 'write' WHEN 1 THEN 'read' ELSE 'unknown' END AS privilege,
  CASE heavy WHEN 5 THEN 'admin' WHEN 4 THEN 'privileged' WHEN 3 THEN 'write' WHEN 1 THEN 'read' ELSE 'unknown' END AS weight,
  grants, runsAs, consents, assigned,
  CASE WHEN x.firstParty IS NULL THEN 'who made it'
       WHEN sure = 0 THEN 'whether it was an administrator who consented' END AS unclear,
  CASE WHEN x.firstParty IS NULL OR sure = 0 THEN 'unknown' ELSE 'finding' END AS outcome
UNION
MATCH (x:Unresolved)<-[o:TO]-(g:OAuthGrant)
WHERE coalesce(g.consentType, 'unknown') <> 'user'
UNWIND CASE WHEN size(coalesce(g.scopes, [])) = 0 THEN [null] ELSE g.scopes END AS scope
WITH x, collect(DISTINCT g.key) AS grants, collect(DISTINCT scope) AS scopes,
  collect(DISTINCT 'TO|' + g.key + '|' + x.key + '|' + coalesce(o.disc, '')) AS consents
RETURN x.key AS application, coalesce(x.name, x.key) AS applicationName,
  null AS publisher, null AS verifiedPublisher, null AS firstParty,
  scopes, [] AS roles, 'unknown' AS privilege, 'unknown' AS weight,
  grants, [] AS runsAs, consents, [] AS assigned,
  'which application it is' AS unclear, 'unknown' AS outcome

/*---
id: NHI-004
title: Key of a non-human identity whose owner has left
status: stable
revision: 1
severity:
  column: privilege
  values: { admin: critical, privileged: high, write: high }
  otherwise: medium
subject: credential
person: owner
identity: [credential, owner]
columns:
  credential: { type: key, means: The key that the owner could have kept. }
  credentialName: { type: text, means: Its name; never the secret. }
  credentialType: { type: text, means: "What it is: key, accessKey, secret, certificate, token or unknown." }
  status: { type: text, means: The key's status as last read. }
  holder: { type: key, means: "The identity that it opens: a service account, an application, a service principal." }
  holderName: { type: text, means: Its name. }
  privilege: { type: text, means: The most that is given to the holder at first hand. }
  madeAt: { type: instant, optional: true, means: "When the key was made, or replaced last." }
  expiresAt: { type: instant, optional: true, means: When it stops working by itself. }
  lastUsedAt: { type: instant, optional: true, means: The last time it was used. }
  owner: { type: key, means: The owner who has left. }
  ownerName: { type: text, means: Their name. }
  lastDay: { type: date, optional: true, means: The owner's last day. }
  tie: { type: text, means: "What they have to do with it: they own the holder, or made the key." }
  link: { type: edge, optional: true, means: "What ties the owning account to the owner, where an account owns it." }
  ownership: { type: edge, means: "What makes them the owner, or says that they made the key." }
  runs: { type: edge, optional: true, means: "What ties the application to its service principal, where they own the one and the key is the other's." }
  holds: { type: edge, means: What ties the key to its holder. }
  jobs: { type: edges, means: The owner's employments. }
reason: "{ownerName}, who {tie}, left on {lastDay|a day that the HR record does not give}, and {credentialName} ({credentialType}) of {holderName}, made {madeAt|nobody knows when}, is still active: they could have kept it."
unknown: "{ownerName}, who {tie}, left on {lastDay|a day that the HR record does not give}, and whether {credentialName} ({credentialType}) of {holderName} still works is not known."
population:
  means: keys of non-human identities and applications of the company; excluded are federations and SAML signing certificates, which hold no secret that anybody could keep
  query: |
    MATCH (h:Entity)-[:HAS_CREDENTIAL]->(c:Credential)
    WHERE (h:NonHumanIdentity OR h:Application)
      AND coalesce(h.managedBy, 'customer') <> 'provider'
      AND NOT coalesce(h.status, 'unknown') IN ['disabled', 'deleted']
      AND NOT coalesce(c.status, 'unknown') IN ['inactive', 'deleted']
    WITH DISTINCT c
    WITH CASE WHEN coalesce(c.credentialType, 'unknown') IN ['federation', 'signing'] THEN 1 ELSE 0 END AS out
    RETURN count(CASE WHEN out = 0 THEN 1 END) AS population, count(CASE WHEN out = 1 THEN 1 END) AS excluded
needs:
  see:
    - Employment
    - EMPLOYED_AS
    - HAS_CREDENTIAL
    - Credential.status
    - OWNED_BY(Application|NonHumanIdentity)?
    - HAS_ACCOUNT?
    - CREATED?
    - RUNS_AS?
    - HAS_ENTITLEMENT?
  absenceOf:
    - { type: Employment, scope: all, once: true }
evidence:
  - { column: credential, role: access, requires: { status: active } }
  - { column: holds, role: access }
  - { column: holder, role: access, requires: { status: enabled } }
  - { column: ownership, role: context }
  - { column: runs, role: context }
  - { column: link, role: context }
  - { column: jobs, role: context }
path: [link, ownership, runs, holds]
remediation:
  - { say: "Make a new key for {holderName}, put it where {credentialName} is used, and see that it works. Then:" }
  - { action: deactivateCredential, credential: credential, holder: holder }
controls:
  owaspNhi2025: [NHI1, NHI7]
  nist80053r5: [AC-2, "PS-4 b", "PS-4 e", IA-5]
  csf20: [PR.AA-01]
  iso27001: ["5.16", "5.17"]
  soc2: [CC6.3]
  cis81: ["5.5"]
  pci401: ["7.2.5.1", "8.6.3"]
falsePositives:
  - An owner who was written down as one and never saw a key, because a vault or a pipeline made it.
  - A key that cannot leave where it is (in hardware, in a vault).
  - A person whose new employment is in an HR source that could not be read since; the finding says that it was not checked.
blindSpots:
  - "Who else could read a key, in a vault, a repository or a pipeline, is not collected: this rule knows owners and makers."
  - Keys that were made outside of what the sources list, as for a system that signs its own tokens.
  - Keys of roles and managed identities are made by the provider and cannot be kept; sessions that the owner had are over in hours.
  - A key that the owner gave to somebody else, who is here.
---*/
MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
WITH p,
  max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
  max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
            AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live,
  max(w.end) AS lastDay,
  max(CASE WHEN e.until <= $now THEN e.until END) AS lastInstant,
  max(CASE WHEN e.left = true AND e.until IS NULL THEN 1 ELSE 0 END) AS undated,
  collect('EMPLOYED_AS|' + p.key + '|' + w.key + '|' + coalesce(e.disc, '')) AS jobs
WHERE over = 1 AND live = 0
OPTIONAL MATCH (p:Person)-[:HAS_ACCOUNT]->(a:Account)
WITH p, lastDay, jobs, CASE WHEN undated = 0 THEN lastInstant END AS leftAt, collect(a.key) AS accounts
UNWIND [p.key] + accounts AS self
MATCH (o:Entity {key: self})<-[owns:OWNED_BY]-(n:Entity)
WHERE n:NonHumanIdentity OR n:Application
OPTIONAL MATCH (n:Entity)-[:RUNS_AS]-(m:Entity)
WITH p, lastDay, jobs, leftAt, accounts, o, owns, n, [n.key] + collect(DISTINCT m.key) AS holders
UNWIND holders AS holder
MATCH (h:Entity {key: holder})-[k:HAS_CREDENTIAL]->(c:Credential)
WHERE coalesce(h.managedBy, 'customer') <> 'provider'
  AND NOT coalesce(h.status, 'unknown') IN ['disabled', 'deleted']
  AND NOT h.key IN accounts
  AND (NOT EXISTS { MATCH (h:Entity)-[:RUNS_AS]->(s:NonHumanIdentity) }
    OR EXISTS { MATCH (h:Entity)-[:RUNS_AS]->(s:NonHumanIdentity)
                WHERE NOT coalesce(s.status, 'unknown') IN ['disabled', 'deleted'] })
  AND NOT coalesce(c.status, 'unknown') IN ['inactive', 'deleted']
  AND NOT coalesce(c.credentialType, 'unknown') IN ['federation', 'signing']
  AND coalesce(c.expiresAt, $now + 1) > $now
WITH p, lastDay, jobs, leftAt, o, owns, n, h, k, c,
  CASE WHEN coalesce(c.rotatedAt, 0) > coalesce(c.createdAt, 0) THEN c.rotatedAt ELSE c.createdAt END AS madeAt
WHERE NOT coalesce(madeAt >= leftAt, false)
OPTIONAL MATCH (p:Person)-[own:HAS_ACCOUNT]->(o:Entity)
OPTIONAL MATCH (n:Entity)-[there:RUNS_AS]->(h:Entity)
OPTIONAL MATCH (h:Entity)-[back:RUNS_AS]->(n:Entity)
OPTIONAL MATCH (h:Entity)-[:HAS_ENTITLEMENT]->(t:Entitlement)
OPTIONAL MATCH (h:Entity)-[:RUNS_AS]->(s:NonHumanIdentity)-[:HAS_ENTITLEMENT]->(u:Entitlement)
WITH p, lastDay, jobs, madeAt, o, owns, n, h, k, c, own, there, back,
  max(CASE WHEN 'admin' IN [h.effectivePrivilege, t.privilege, u.privilege] THEN 4
           WHEN 'privileged' IN [h.effectivePrivilege, t.privilege, u.privilege] THEN 3
           WHEN 'write' IN [h.effectivePrivilege, t.privilege, u.privilege] THEN 2
           WHEN 'unknown' IN [h.effectivePrivilege, t.privilege, u.privilege] THEN 0
           WHEN 'read' IN [h.effectivePrivilege, t.privilege, u.privilege] THEN 1 ELSE 0 END) AS most
RETURN c.key AS credential, coalesce(c.name, c.key) AS credentialName,
  coalesce(c.credentialType, 'unknown') AS credentialType,
  coalesce(c.status, 'unknown') AS status,
  h.key AS holder, coalesce(h.name, h.key) AS holderName,
  CASE most WHEN 4 THEN 'admin' WHEN 3 THEN 'privileged' WHEN 2 THEN 'write' WHEN 1 THEN 'read' ELSE 'unknown' END AS privilege,
  madeAt, c.expiresAt AS expiresAt, c.lastUsedAt AS lastUsedAt,
  p.key AS owner, coalesce(p.name, p.key) AS ownerName, lastDay,
  'owns ' + coalesce(n.name, n.key) + ' (' + coalesce(owns.basis, 'no basis given') + ')' AS tie,
  CASE WHEN own IS NULL THEN null ELSE 'HAS_ACCOUNT|' + p.key + '|' + o.key + '|' + coalesce(own.disc, '') END AS link,
  'OWNED_BY|' + n.key + '|' + o.key + '|' + coalesce(owns.disc, '') AS ownership,
  CASE WHEN NOT there IS NULL THEN 'RUNS_AS|' + n.key + '|' + h.key + '|' + coalesce(there.disc, '')
       WHEN NOT back IS NULL THEN 'RUNS_AS|' + h.key + '|' + n.key + '|' + coalesce(back.disc, '') END AS runs,
  'HAS_CREDENTIAL|' + h.key + '|' + c.key + '|' + coalesce(k.disc, '') AS holds,
  jobs,
  CASE WHEN c.status = 'active' THEN 'finding' ELSE 'unknown' END AS outcome
UNION
MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
WITH p,
  max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
  max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
            AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live,
  max(w.end) AS lastDay,
  max(CASE WHEN e.until <= $now THEN e.until END) AS lastInstant,
  max(CASE WHEN e.left = true AND e.until IS NULL THEN 1 ELSE 0 END) AS undated,
  collect('EMPLOYED_AS|' + p.key + '|' + w.key + '|' + coalesce(e.disc, '')) AS jobs
WHERE over = 1 AND live = 0
OPTIONAL MATCH (p:Person)-[:HAS_ACCOUNT]->(a:Account)
WITH p, lastDay, jobs, CASE WHEN undated = 0 THEN lastInstant END AS leftAt, collect(a.key) AS accounts
UNWIND accounts AS self
MATCH (o:Entity {key: self})-[made:CREATED]->(c:Credential)<-[k:HAS_CREDENTIAL]-(h:Entity)
WHERE coalesce(h.managedBy, 'customer') <> 'provider'
  AND NOT coalesce(h.status, 'unknown') IN ['disabled', 'deleted']
  AND NOT h.key IN accounts
  AND (h:NonHumanIdentity OR h:Application)
  AND (NOT EXISTS { MATCH (h:Entity)-[:RUNS_AS]->(s:NonHumanIdentity) }
    OR EXISTS { MATCH (h:Entity)-[:RUNS_AS]->(s:NonHumanIdentity)
                WHERE NOT coalesce(s.status, 'unknown') IN ['disabled', 'deleted'] })
  AND NOT coalesce(c.status, 'unknown') IN ['inactive', 'deleted']
  AND NOT coalesce(c.credentialType, 'unknown') IN ['federation', 'signing']
  AND coalesce(c.expiresAt, $now + 1) > $now
WITH p, lastDay, jobs, leftAt, o, made, h, k, c,
  CASE WHEN coalesce(c.rotatedAt, 0) > coalesce(c.createdAt, 0) THEN c.rotatedAt ELSE c.createdAt END AS madeAt
WHERE NOT coalesce(madeAt >= leftAt, false)
MATCH (p:Person)-[own:HAS_ACCOUNT]->(o:Entity)
OPTIONAL MATCH (h:Entity)-[:HAS_ENTITLEMENT]->(t:Entitlement)
OPTIONAL MATCH (h:Entity)-[:RUNS_AS]->(s:NonHumanIdentity)-[:HAS_ENTITLEMENT]->(u:Entitlement)
WITH p, lastDay, jobs, madeAt, o, made, h, k, c, own,
  max(CASE WHEN 'admin' IN [h.effectivePrivilege, t.privilege, u.privilege] THEN 4
           WHEN 'privileged' IN [h.effectivePrivilege, t.privilege, u.privilege] THEN 3
           WHEN 'write' IN [h.effectivePrivilege, t.privilege, u.privilege] THEN 2
           WHEN 'unknown' IN [h.effectivePrivilege, t.privilege, u.privilege] THEN 0
           WHEN 'read' IN [h.effectivePrivilege, t.privilege, u.privilege] THEN 1 ELSE 0 END) AS most
RETURN c.key AS credential, coalesce(c.name, c.key) AS credentialName,
  coalesce(c.credentialType, 'unknown') AS credentialType,
  coalesce(c.status, 'unknown') AS status,
  h.key AS holder, coalesce(h.name, h.key) AS holderName,
  CASE most WHEN 4 THEN 'admin' WHEN 3 THEN 'privileged' WHEN 2 THEN 'write' WHEN 1 THEN 'read' ELSE 'unknown' END AS privilege,
  madeAt, c.expiresAt AS expiresAt, c.lastUsedAt AS lastUsedAt,
  p.key AS owner, coalesce(p.name, p.key) AS ownerName, lastDay,
  'made the key' AS tie,
  'HAS_ACCOUNT|' + p.key + '|' + o.key + '|' + coalesce(own.disc, '') AS link,
  'CREATED|' + o.key + '|' + c.key + '|' + coalesce(made.disc, '') AS ownership,
  null AS runs,
  'HAS_CREDENTIAL|' + h.key + '|' + c.key + '|' + coalesce(k.disc, '') AS holds,
  jobs,
  CASE WHEN c.status = 'active' THEN 'finding' ELSE 'unknown' END AS outcome

/*---
id: NHI-001
title: Non-human identity whose owner has left
status: stable
revision: 2
severity:
  column: privilege
  values: { admin: critical, privileged: high, write: high }
  otherwise: medium
subject: identity
person: owner
identity: [identity, owner]
columns:
  identity: { type: key, means: The non-human identity. }
  identityName: { type: text, means: Its name. }
  nhiType: { type: text, optional: true, means: "What it is: a role, a service account, an application." }
  status: { type: text, means: Its status as last read; many kinds have none. }
  privilege: { type: text, means: The most that its policies allow. }
  owner: { type: key, means: The owner who has left. }
  ownerName: { type: text, means: Their name. }
  lastDay: { type: date, optional: true, means: The owner's last day. }
  basis: { type: text, optional: true, means: "What says that they own it: declared, tag, creator or mapping." }
  link: { type: edge, optional: true, means: "What ties the owning account to the owner, where an account owns it." }
  ownership: { type: edge, means: What makes them the owner. }
  jobs: { type: edges, means: The owner's employments. }
reason: "{ownerName}, who owns {identityName} ({basis|no basis given}), left on {lastDay|a day that the HR record does not give}, and nobody who is here owns it."
population:
  means: non-human identities of the company that have an owner and are not disabled, without service principals
  query: |
    MATCH (n:NonHumanIdentity)
    WHERE coalesce(n.managedBy, 'customer') <> 'provider'
      AND NOT coalesce(n.status, 'unknown') IN ['disabled', 'deleted']
      AND NOT coalesce(n.nhiType, 'unknown') IN ['servicePrincipal', 'managedIdentity']
      AND (EXISTS { MATCH (n:NonHumanIdentity)-[:OWNED_BY]->(p:Person) }
        OR EXISTS { MATCH (n:NonHumanIdentity)-[:OWNED_BY]->(a:Account) })
    RETURN count(n) AS population
needs:
  see: [Employment, EMPLOYED_AS, NonHumanIdentity, OWNED_BY(NonHumanIdentity)]
  absenceOf:
    - { type: Employment, scope: all, once: true }
    - { type: HAS_ACCOUNT, scope: all }
    # An owner by id may be an account that the list of users did not come to.
    - { type: EntraUser?, scope: subject }
    - { type: OWNED_BY(NonHumanIdentity), scope: subject }
evidence:
  - { column: identity, role: access, requires: { status: enabled } }
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
  - An owner tag that was never updated after a handover.
blindSpots:
  - Ownership that is written down nowhere that a source reads; NHI-002 reports those without any owner.
  - Applications and their service principals are NHI-003's, because an application is owned in two places.
  - An owner who moved to another team and is still employed.
  - "What the owner could have kept: a copied key works after they are gone. NHI-004 reports the keys that a source lists."
---*/
MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
WITH p,
  max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
  max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
            AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live,
  max(w.end) AS lastDay,
  collect('EMPLOYED_AS|' + p.key + '|' + w.key + '|' + coalesce(e.disc, '')) AS jobs
WHERE over = 1 AND live = 0
MATCH (n:NonHumanIdentity)-[o:OWNED_BY]->(p:Person)
WHERE coalesce(n.managedBy, 'customer') <> 'provider'
  AND NOT coalesce(n.status, 'unknown') IN ['disabled', 'deleted']
  AND NOT coalesce(n.nhiType, 'unknown') IN ['servicePrincipal', 'managedIdentity']
  AND NOT EXISTS {
    MATCH (n:NonHumanIdentity)-[:OWNED_BY]->(q:Person)
    WHERE EXISTS { MATCH (q:Person)-[f:EMPLOYED_AS]->(x:Employment)
                   WHERE coalesce(f.left, false) = false AND coalesce(f.since, $now) <= $now
                     AND coalesce(f.until, $now + 1) > $now }
       OR NOT EXISTS { MATCH (q:Person)-[g:EMPLOYED_AS]->(y:Employment)
                       WHERE g.left = true OR g.until <= $now }
  }
  AND NOT EXISTS {
    MATCH (n:NonHumanIdentity)-[:OWNED_BY]->(b:Account)<-[:HAS_ACCOUNT]-(q:Person)
    WHERE EXISTS { MATCH (q:Person)-[f:EMPLOYED_AS]->(x:Employment)
                   WHERE coalesce(f.left, false) = false AND coalesce(f.since, $now) <= $now
                     AND coalesce(f.until, $now + 1) > $now }
       OR NOT EXISTS { MATCH (q:Person)-[g:EMPLOYED_AS]->(y:Employment)
                       WHERE g.left = true OR g.until <= $now }
  }
RETURN n.key AS identity, coalesce(n.name, n.key) AS identityName, n.nhiType AS nhiType,
  coalesce(n.status, 'unknown') AS status,
  coalesce(n.effectivePrivilege, 'unknown') AS privilege,
  p.key AS owner, coalesce(p.name, p.key) AS ownerName, lastDay,
  o.basis AS basis,
  null AS link,
  'OWNED_BY|' + n.key + '|' + p.key + '|' + coalesce(o.disc, '') AS ownership,
  jobs
UNION
MATCH (p:Person)-[e:EMPLOYED_AS]->(w:Employment)
WITH p,
  max(CASE WHEN e.left = true OR e.until <= $now THEN 1 ELSE 0 END) AS over,
  max(CASE WHEN coalesce(e.left, false) = false AND coalesce(e.since, $now) <= $now
            AND coalesce(e.until, $now + 1) > $now THEN 1 ELSE 0 END) AS live,
  max(w.end) AS lastDay,
  collect('EMPLOYED_AS|' + p.key + '|' + w.key + '|' + coalesce(e.disc, '')) AS jobs
WHERE over = 1 AND live = 0
MATCH (n:NonHumanIdentity)-[o:OWNED_BY]->(a:Account)<-[h:HAS_ACCOUNT]-(p:Person)
WHERE coalesce(n.managedBy, 'customer') <> 'provider'
  AND NOT coalesce(n.status, 'unknown') IN ['disabled', 'deleted']
  AND NOT coalesce(n.nhiType, 'unknown') IN ['servicePrincipal', 'managedIdentity']
  AND NOT EXISTS {
    MATCH (n:NonHumanIdentity)-[:OWNED_BY]->(q:Person)
    WHERE EXISTS { MATCH (q:Person)-[f:EMPLOYED_AS]->(x:Employment)
                   WHERE coalesce(f.left, false) = false AND coalesce(f.since, $now) <= $now
                     AND coalesce(f.until, $now + 1) > $now }
       OR NOT EXISTS { MATCH (q:Person)-[g:EMPLOYED_AS]->(y:Employment)
                       WHERE g.left = true OR g.until <= $now }
  }
  AND NOT EXISTS {
    MATCH (n:NonHumanIdentity)-[:OWNED_BY]->(b:Account)<-[:HAS_ACCOUNT]-(q:Person)
    WHERE EXISTS { MATCH (q:Person)-[f:EMPLOYED_AS]->(x:Employment)
                   WHERE coalesce(f.left, false) = false AND coalesce(f.since, $now) <= $now
                     AND coalesce(f.until, $now + 1) > $now }
       OR NOT EXISTS { MATCH (q:Person)-[g:EMPLOYED_AS]->(y:Employment)
                       WHERE g.left = true OR g.until <= $now }
  }
RETURN n.key AS identity, coalesce(n.name, n.key) AS identityName, n.nhiType AS nhiType,
  coalesce(n.status, 'unknown') AS status,
  coalesce(n.effectivePrivilege, 'unknown') AS privilege,
  p.key AS owner, coalesce(p.name, p.key) AS ownerName, lastDay,
  o.basis AS basis,
  'HAS_ACCOUNT|' + p.key + '|' + a.key + '|' + coalesce(h.disc, '') AS link,
  'OWNED_BY|' + n.key + '|' + a.key + '|' + coalesce(o.disc, '') AS ownership,
  jobs

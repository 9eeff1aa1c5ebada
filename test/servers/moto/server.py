"""AWS for tests: moto on a free loopback port.

The first line of standard input is JSON: what the accounts hold from the start (the shape is MotoSeed in
../moto.ts). It is made in process, because ten thousand users over HTTP take the better part of a minute. Prints
READY and the port, and ends when standard input does, so that nothing is left behind when the test dies.
"""

import json
import logging
import os
import sys
from datetime import datetime, timezone

os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

from moto.iam.models import iam_backends  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402


def seed_account(account_id, account):
    backend = iam_backends[account_id]["aws"]
    managed = {policy.arn: policy for policy in backend.managed_policies.values()}

    def attach(entity, arns):
        for arn in arns:
            managed[arn].attach_to(entity)

    for policy in account.get("policies", []):
        made = backend.create_policy(
            "", policy.get("path", "/"), json.dumps(policy["document"]), policy["name"], []
        )
        managed[made.arn] = made
    for group in account.get("groups", []):
        attach(backend.create_group(group["name"], group.get("path", "/")), group.get("attached", []))
    for role in account.get("roles", []):
        made = backend.create_role(
            role["name"], json.dumps(role["trust"]), role.get("path", "/"), None, "", tags_of(role), "3600"
        )
        if "id" in role:
            del backend.roles[made.id]
            made.id = role["id"]
            backend.roles[made.id] = made
        attach(made, role.get("attached", []))
        for name, document in role.get("inline", {}).items():
            made.put_policy(name, json.dumps(document))
    for user in account.get("users", []):
        name = user["name"]
        made = backend.create_user("us-east-1", name, user.get("path", "/"), tags_of(user))
        if "id" in user:
            made.id = user["id"]
        if "createdAt" in user:
            instant = datetime.fromtimestamp(user["createdAt"] / 1000, timezone.utc)
            made.create_date = instant.replace(tzinfo=None)
        if user.get("password"):
            backend.create_login_profile(name, "not-a-real-password-1!")
        for key in user.get("accessKeys", []):
            if isinstance(key, str):
                backend.create_access_key(name, status=key)
            else:
                made_key = backend.create_access_key(name, status=key["status"])
                del backend.access_keys[made_key.access_key_id]
                made_key.access_key_id = key["id"]
                backend.access_keys[key["id"]] = made_key
        for group in user.get("groups", []):
            backend.groups[group].users.append(made)
        attach(made, user.get("attached", []))
        for policy, document in user.get("inline", {}).items():
            made.put_policy(policy, json.dumps(document))
    # AWS names its own policies where they are attached; moto would list all of them, a thousand and more.
    for policy in [one for one in backend.managed_policies.values() if is_idle(one)]:
        del backend.managed_policies[policy.arn]


def is_idle(policy):
    return policy.arn.startswith("arn:aws:iam::aws:") and policy.attachment_count == 0


def tags_of(entity):
    return [{"Key": key, "Value": value} for key, value in entity.get("tags", {}).items()]


for account_id, account in json.loads(sys.stdin.readline()).items():
    seed_account(account_id, account)
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("READY", server.get_host_and_port()[1], flush=True)
sys.stdin.read()
os._exit(0)

"""Rules on Kafka brokers (access control lists): reading, adding, removing.

Adding a rule that stands, and removing one that does not, changes nothing. Each rule is a change
of its own at the brokers: what an error breaks off is completed by doing it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka.errors import SecurityDisabled, for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from hub.adapters.access_plan import Grant
from hub.adapters.kafka_clients import KafkaClients
from hub.adapters.kafka_errors import hub_error, translated
from hub.errors import ConfigurationError

# Numbers of the protocol: Kafka's AclOperation, ResourceType, PatternType, AclPermissionType.
_OPERATIONS = {
    "All": 2,
    "Read": 3,
    "Write": 4,
    "Create": 5,
    "Delete": 6,
    "Alter": 7,
    "Describe": 8,
    "ClusterAction": 9,
    "DescribeConfigs": 10,
    "AlterConfigs": 11,
    "IdempotentWrite": 12,
    "CreateTokens": 13,
    "DescribeTokens": 14,
    "TwoPhaseCommit": 15,
}
_RESOURCES = {"topic": 2, "group": 3, "cluster": 4, "transactional id": 5, "token": 6, "user": 7}
_PATTERNS = {"literal": 3, "prefixed": 4}
_PERMISSIONS = {"deny": 2, "allow": 3}
_ANY = 1


class NoRulesError(ConfigurationError):
    """The brokers keep no rules at all."""


async def found_grants(clients: KafkaClients) -> list[Grant]:
    """Every rule of the brokers. Raises NoRulesError where they keep none."""
    attempt = "asking for the brokers' rules"
    with translated(attempt, for_administrator=True):
        request = DescribeAclsRequest(_ANY, None, _ANY, None, None, _ANY, _ANY)
        [answer] = await _answers(clients, [request])
        _check(attempt, answer.error_code)
    return [
        Grant(
            principal=principal,
            operation=_word(_OPERATIONS, operation),
            resource=_word(_RESOURCES, kind),
            name=name,
            pattern=_word(_PATTERNS, pattern),
            permission=_word(_PERMISSIONS, permission),
            host=host,
        )
        for kind, name, pattern, rules in answer.resources
        for principal, host, operation, permission in rules
    ]


async def add_grants(clients: KafkaClients, grants: Sequence[Grant]) -> None:
    """Add these rules. Raises ConfigurationError where this principal may not."""
    attempt = "adding a rule at the brokers"
    with translated(attempt, for_administrator=True):
        requests = [CreateAclsRequest(*_numbers(grant)) for grant in grants]
        for answer in await _answers(clients, requests):
            for code, _ in answer.creation_responses:
                _check(attempt, code)


async def remove_grants(clients: KafkaClients, grants: Sequence[Grant]) -> None:
    """Remove exactly these rules. Raises ConfigurationError where this principal may not."""
    attempt = "removing a rule at the brokers"
    with translated(attempt, for_administrator=True):
        requests = [DeleteAclsRequest(*_numbers(grant)) for grant in grants]
        for answer in await _answers(clients, requests):
            for code, _, removed in answer.filter_responses:
                _check(attempt, code)
                for inner, *_ in removed:
                    _check(attempt, inner)


async def _answers(clients: KafkaClients, requests: Iterable[Any]) -> list[Any]:
    client = await clients.requests()
    node = client.get_random_node()
    return list(await asyncio.gather(*(client.send(node, each) for each in requests)))


def _numbers(grant: Grant) -> tuple[int, str, int, str, str, int, int]:
    return (
        _RESOURCES[grant.resource],
        grant.name,
        _PATTERNS[grant.pattern],
        grant.principal,
        grant.host,
        _OPERATIONS[grant.operation],
        _PERMISSIONS[grant.permission],
    )


def _word(words: dict[str, int], number: int) -> str:
    return next((word for word, each in words.items() if each == number), f"kind {number}")


def _check(attempt: str, code: int) -> None:
    if code == SecurityDisabled.errno:
        raise NoRulesError(
            f"{attempt}: these brokers keep none",
            fix="Set authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer"
            " and allow.everyone.if.no.acl.found=false on every broker.",
            effect="Everybody who reaches a broker may write every topic.",
        )
    if code:
        raise hub_error(attempt, for_code(code)(), for_administrator=True)

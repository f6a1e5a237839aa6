"""What is to be looked at on the brokers of a hub, each as a list of findings: nothing is changed.

What the principal at hand may not see is a finding too, that nothing is broken as far as can be
seen, with who can see more. No check raises an error of the hub.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.adapters.access_plan import (
    ALLOW,
    AccessChanges,
    Grant,
    Principals,
    access_changes,
    writers,
)
from hub.adapters.kafka_acls import NoRulesError, found_grants
from hub.adapters.kafka_admin import Cluster, broker_settings, cluster_of, found_topics
from hub.adapters.kafka_clients import KafkaClients
from hub.adapters.topic_changes import Does, FoundTopic, TopicChange, changes_of, wanted_of
from hub.adapters.topic_plan import TopicRule
from hub.domain.findings import Finding
from hub.domain.topics import events_topic, registry_of_events
from hub.errors import HubError, NotAllowedError

BROKERS_WANTED = 3

_AS_ADMINISTRATOR = "Run it again as the brokers' administrator to look at this too."
_NOT_SEEN = "this principal may not see them."
_AUTO_CREATE = "auto.create.topics.enable"


async def check_broker(clients: KafkaClients) -> list[Finding]:
    """Whether brokers answer, how many there are, and whether a slip makes topics."""
    try:
        cluster = await cluster_of(clients)
    except HubError as error:
        return [_failed("brokers", error)]
    return [_brokers(cluster), await _no_topics_by_themselves(clients, cluster)]


def _brokers(cluster: Cluster) -> Finding:
    count = len(cluster.brokers)
    if count >= BROKERS_WANTED:
        return Finding("brokers", True, f"{count} brokers answer.", None)
    return Finding(
        "brokers",
        True,
        f"{count} broker{'' if count == 1 else 's'}: events can be lost with one machine.",
        f"Run {BROKERS_WANTED}, then hub topics apply for topics that are made after.",
    )


async def _no_topics_by_themselves(clients: KafkaClients, cluster: Cluster) -> Finding:
    try:
        settings = await broker_settings(clients, cluster.brokers[0])
    except HubError:
        return Finding("brokers", True, f"Their settings: {_NOT_SEEN}", _AS_ADMINISTRATOR)
    if settings.get(_AUTO_CREATE) != "true":
        return Finding("brokers", True, "A slip in a topic's name makes no topic.", None)
    return Finding(
        "brokers",
        False,
        "They make a topic of any name that is asked for, not as the plan has it.",
        f"Set {_AUTO_CREATE}=false on every broker.",
    )


async def check_topics(
    clients: KafkaClients, plan: Sequence[TopicRule], registries: Sequence[str] = ()
) -> list[Finding]:
    """Every topic that is not as planned, or one finding that all are. Registries that have topics
    are found; name those that must have."""
    seen = True
    try:
        brokers = len((await cluster_of(clients)).brokers)
        try:
            found = await found_topics(clients)
        except NotAllowedError:
            seen = False
            found = await found_topics(clients, with_settings=False)
        changes = changes_of(plan, wanted_of(registries, {}, found), found, brokers)
    except HubError as error:
        return [_failed("topics", error)]
    findings = [finding for change in changes for finding in _of_topic(change)]
    if not findings:
        findings.append(Finding("topics", True, f"All {len(changes)} are as planned.", None))
    if not seen:
        findings.append(Finding("topics", True, f"Their settings: {_NOT_SEEN}", _AS_ADMINISTRATOR))
    return findings


def _of_topic(change: TopicChange) -> list[Finding]:
    name = change.topic
    findings = [Finding("topics", False, *remark) for remark in (*change.refusals, *change.notes)]
    if change.does is Does.MAKE:
        found = f"{name} is not there, or this principal may not see it."
        findings.append(Finding("topics", False, found, "Run hub topics apply."))
    if change.does is Does.CHANGE:
        differs = ", ".join(f"{s.name} is {s.was}, not {s.becomes}" for s in change.settings)
        findings.append(Finding("topics", False, f"{name}: {differs}.", "Run hub topics apply."))
    return findings


async def check_acls(clients: KafkaClients, principals: Principals) -> list[Finding]:
    """Whether each registry alone writes its events, and whether planned principals have what
    they need. Of registries without a principal in the plan, any one writer will do."""
    try:
        rules = await found_grants(clients)
        topics: Mapping[str, FoundTopic] = await found_topics(clients, with_settings=False)
    except NoRulesError as error:
        # Without names there is nobody to tell apart: a broker for one machine's own use.
        return [Finding("rules", not clients.is_secured, f"{error.effect}", error.fix)]
    except NotAllowedError:
        return [Finding("rules", True, f"The rules: {_NOT_SEEN}", _AS_ADMINISTRATOR)]
    except HubError as error:
        return [_failed("rules", error)]
    registries = [code for code in map(registry_of_events, topics) if code is not None]
    findings = [_writer_of(code, rules, principals.registries.get(code)) for code in registries]
    findings += _of_principals(access_changes(principals, registries, rules))
    return findings


def _writer_of(registry: str, rules: Sequence[Grant], expected: str | None) -> Finding:
    topic = events_topic(registry)
    who = sorted({grant.principal for grant in writers(rules, topic)})
    if who == [expected] or (len(who) == 1 and expected is None and who != ["User:*"]):
        return Finding("rules", True, f"{who[0]} alone may write {topic}.", None)
    if not who:
        found = f"Nobody but the brokers' administrators may write {topic}."
        fix = f"Run hub topics acl apply --registry {registry}=NAME."
        return Finding("rules", False, found, fix)
    return Finding(
        "rules",
        False,
        f"{', '.join(who)} may write {topic}.",
        f"One principal alone may, that of {registry}: remove the other rules with"
        " hub topics acl apply --prune, or Kafka's kafka-acls.sh --remove.",
    )


def _of_principals(changes: AccessChanges) -> list[Finding]:
    findings = []
    for grant in changes.add:
        found = f"{grant.principal} may not {grant.operation} {grant.target}."
        findings.append(Finding("rules", False, found, "Run hub topics acl apply."))
    for grant in changes.beyond:
        may = "may" if grant.permission == ALLOW else "is denied to"
        found = f"{grant.principal} {may} {grant.operation} {grant.target}, beyond the plan."
        findings.append(Finding("rules", False, found, "Run hub topics acl apply --prune."))
    return findings


def _failed(name: str, error: HubError) -> Finding:
    return Finding(name, False, f"{error.message}.", error.fix or "Run hub doctor again.")

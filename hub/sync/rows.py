"""Inbox items as rows that a person in a registry can read."""

from __future__ import annotations

from typing import Any

from hub.domain.events import Head

COLUMNS = (
    "event_id",
    "about",
    "version",
    "item",
    "withdrawn",
    "from",
    "to",
    "kind",
    "record_id",
    "own_person_ids",
    "holds_from",
    "holds_until",
    "outcome",
    "reason",
    "reason_values",
    "accepted_hours",
    "total_hours",
    "counts_as",
    "not_for",
    "documents",
    "with_documents",
    "rule",
    "earlier_and_later",
    "other_accounts",
    "place",
    "name",
    "birth",
    "number",
    "purpose",
    "contact",
    "opened_on",
    "answer_by",
    "received_wrongly",
    "judge",
    "requested_on",
    "decision",
    "decision_verdict",
    "decision_hours",
    "decision_counts_as",
    "decision_reason",
    "decided_on",
    "decided_revision",
    "documents_received",
    "appeal_reason",
    "appealed_version",
    "policy_revision",
    "policy_sha256",
    "policy_adopted_by",
    "lapses_on",
    "contradicting",
)
"""Columns come new at the end alone: files that were begun before go on."""


def inbox_row(head: Head, body: dict[str, Any], today: str) -> dict[str, str]:
    """One item as one row: the answer that holds today, the others named beside it."""
    intervals = body["intervals"]
    holding = next((i for i in intervals if _holds(i, today)), None)
    shown = holding or (intervals[-1] if intervals else None)
    row = {
        "event_id": head.event_id,
        "about": head.record_id,
        "version": str(head.revision),
        "item": body["item"].lower(),
        "withdrawn": "yes" if body["withdrawn"] else "no",
        "from": body["sender"] or "",
        "to": body["receiver"],
        "kind": body["kind"] or "",
        "record_id": body["record_id"] or "",
        "own_person_ids": " ".join(body["person_ids"]),
        "rule": body["rule"] or "",
        "earlier_and_later": "; ".join(_short(i) for i in intervals if i is not shown),
        "other_accounts": " ".join(f"{o['registry']}:{o['person_id']}" for o in body["others"]),
        "place": body["place"] or "",
        "received_wrongly": "; ".join(
            f"{e['registry']}:{e['person_id']} {e['kind']} {e['record_id']}"
            for e in body.get("exposed", ())
        ),
        **_review(body.get("review")),
        **_exchange(body),
    }
    return row | (_answer(shown) if shown is not None else {})


def _review(shown: dict[str, Any] | None) -> dict[str, str]:
    """What is asked about two persons, in words."""
    if shown is None:
        return {}
    return {
        **{name: shown[name] for name in ("name", "birth", "number", "purpose")},
        "contact": shown["contact"] or "",
        "opened_on": _day(shown["opened_on"]),
        "answer_by": _day(shown["answer_by"]),
    }


def _exchange(body: dict[str, Any]) -> dict[str, str]:
    """What concerns requests, decisions, appeals and policies; empty where an item has none."""
    row = {
        "judge": body.get("judge") or "",
        "requested_on": _day(body.get("requested_on")),
        "lapses_on": _day(body.get("lapses_on")),
    }
    decision, appeal, policy = (body.get(name) for name in ("decision", "appeal", "policy"))
    if decision is not None:
        row |= {
            "decision": decision["decision"],
            "decision_verdict": decision["verdict"],
            "decision_hours": _hours(decision["accepted_hours"]),
            "decision_counts_as": decision["counts_as"] or "",
            "decision_reason": decision["reason"],
            "decided_on": _day(decision["decided_on"]),
            "decided_revision": str(decision["record_revision"]),
            "documents_received": " ".join(decision["document_received"]),
        }
    if appeal is not None:
        version = appeal["match_version"]
        row |= {
            "appeal_reason": appeal["reason"],
            "contact": appeal["contact"] or "",
            "appealed_version": "" if version is None else str(version),
        }
    if policy is not None:
        row |= {
            "policy_revision": str(policy["revision"]),
            "policy_sha256": policy["sha256"],
            "policy_adopted_by": policy["adopted_by"] or "",
        }
    counts = body.get("contradictions")
    if counts is not None:
        row["contradicting"] = f"{counts['contradicting']} of {counts['decisions']}"
        row["rule"] = f"{counts['rule_id']} {counts['rule_version']}"
    return row


def _holds(interval: dict[str, Any], today: str) -> bool:
    until = interval["until_on"]
    return interval["from_on"].isoformat() <= today and (
        until is None or today <= until.isoformat()
    )


def _day(day: Any) -> str:
    return "" if day is None else day.isoformat()


def _short(interval: dict[str, Any]) -> str:
    until = _day(interval["until_on"]) or "no end"
    return f"{interval['outcome']} {interval['from_on'].isoformat()} to {until}"


def _answer(interval: dict[str, Any]) -> dict[str, str]:
    lifted = interval["with_documents"]
    return {
        "holds_from": _day(interval["from_on"]),
        "holds_until": _day(interval["until_on"]),
        "outcome": interval["outcome"],
        "reason": interval["reason"],
        "reason_values": "; ".join(f"{v['name']}={v['text']}" for v in interval["reason_values"]),
        "accepted_hours": _hours(interval["accepted_hours"]),
        "total_hours": _hours(interval["total_hours"]),
        "counts_as": interval["counts_as"] or "",
        "not_for": " ".join(interval["not_for"]),
        "documents": " ".join(interval["documents"]),
        "with_documents": "" if lifted is None else lifted["outcome"],
        "rule": f"{interval['rule_id']} {interval['rule_version']}",
    }


def _hours(hours: Any) -> str:
    return "" if hours is None else f"{hours:.2f}"

"""A policy as one page of HTML for a registry's own website: no script, nothing loaded from
elsewhere, in the colors of the hub's page."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.console.numbers import day_text, instant_text, plural
from hub.console.policies import (
    KIND_HEADS,
    READING,
    STATES,
    answer_text,
    is_file,
    made_up_text,
    revision_text,
)
from hub.console.words import OUTCOMES
from hub.domain.state import Document

_NAMES = {each.code: each.name for each in OUTCOMES}


def policy_page(document: Document) -> str:
    """The page. `document` is `policy_document`'s, its days written as pages write them."""
    folder = Path(str(files("hub") / "api"))
    templates = Environment(
        loader=FileSystemLoader(folder / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = (folder / "static" / "hub.css").read_text("utf-8")
    view = {
        "document": document,
        "css": css,
        "in_force": _in_force(document),
        "standing": _standing(document),
        "said": _said(document),
        "made_up": made_up_text(document),
        "reading": READING,
        "kinds": _kinds(document),
        "names": _NAMES,
        "states": STATES,
    }
    return templates.get_template("policy.html").render(view)


def _in_force(document: Document) -> str:
    rules = plural(len(document["rules"]), "rule", "rules")
    verb = "is" if document["in_force"] == 1 else "are"
    day = day_text(document["as_of"])
    return f"{document['in_force']} of {rules} {verb} in force on {day}."


def _standing(document: Document) -> str:
    published = document["published_at"]
    when = None if published is None else instant_text(published)
    text = revision_text(document, when)
    if is_file(document):
        return f"{text}: not published."
    return f"{text}." if document["answer"] else f"{text}. {answer_text(document)}"


def _said(document: Document) -> Document | None:
    """What the registry says of the policy, for a band at the head."""
    answer, name = document["answer"], document["name"]
    if answer is None:
        return None
    refuses = answer["answer"] == "REFUSED"
    verb = "refuses this policy" if refuses else "says that this policy is its own"
    other = "" if answer["of_this_text"] else " It answered to another text of this revision."
    return {
        "text": f"{name}'s registry {verb}.",
        "note": f"Reason {answer['reason']}, staff {answer['staff_id']}, "
        f"{instant_text(answer['answered_at'])}.{other}",
    }


def _kinds(document: Document) -> list[Document]:
    found = []
    for kind, head in KIND_HEADS.items():
        rules = [each for each in document["rules"] if each["kind"] == kind]
        if rules:
            rows = [{**rule, "at": at} for at, rule in enumerate(rules, 1)]
            found.append({"kind": kind, "head": head, "rules": rows})
    return found

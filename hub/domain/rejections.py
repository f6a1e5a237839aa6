"""What the rules for whole events say, and what helps: a function of the rule, never of a value.

A reason that is no rule's name is the words of the decoder: the event's bytes are damaged, or were
written by something else than the schema that they name.
"""

from __future__ import annotations

from hub.domain.messages import Message

DAMAGED = "DAMAGED"
_SEND_AGAIN = "have the registry send the record again, with a later stamp, from a mended program"
_BY_OWN_CLIENT = "correct the program that writes to the topic, then send the record again"

RULES = {
    "KIND_NOT_OF_A_REGISTRY": (
        "the event is of a kind that registries do not publish",
        "correct the program that writes to the topic; what the Alliance says has its own topic",
    ),
    "KIND_NOT_OF_THE_TOPIC": (
        "the event is of a kind that does not belong on this topic",
        "send it to the topic that the kind's schema names",
    ),
    "REGISTRY_NOT_OF_THE_TOPIC": (
        "the event names another registry than the topic's",
        "send it to that registry's own topic; see who may write here with hub topics acl plan",
    ),
    "PERSON_ID_MISPLACED": (
        "a record of a person names none, or a record that is nobody's names one",
        _BY_OWN_CLIENT,
    ),
    "PROFILE_NOT_OF_THE_PERSON": (
        "a profile's record id is not its person's id, so it could move to another person",
        _BY_OWN_CLIENT,
    ),
    "KEY_NOT_OF_THE_RECORD": (
        "the message's key is not the one that the record asks for",
        "key by the person's id, and approvals, submissions and references by their own id",
    ),
    "KEY_EMPTY": (
        "the person's or the record's id is empty, or the revision is below zero",
        _BY_OWN_CLIENT,
    ),
    "ENCODING_NEGATIVE": ("the encoding is below zero", _BY_OWN_CLIENT),
    "NUL_IN_TEXT": (
        "an id or a code holds the character NUL",
        "take the character out at the source, then send the record again",
    ),
    "AMOUNT_OUT_OF_RANGE": (
        "an amount of hours or credits is negative or a million and more",
        "correct the amount at the source, then send the record again",
    ),
    "REVISION_IN_THE_FUTURE": (
        "the revision is more than a day after the event was received",
        "set the source's clock, then send the record again",
    ),
    "POLICY_NOT_READABLE": (
        "the policy's text does not follow the form of policies",
        "see what is wrong with hub reference publish, then publish the mended policy",
    ),
    "POLICY_DIGEST_DIFFERS": (
        "the policy's text is not the one that its digest was made from",
        "publish the policy again with hub reference publish",
    ),
    "PAIR_OUT_OF_ORDER": (
        "the two persons of an answer are one, or the second stands before the first",
        "name the two in order of registry and person id",
    ),
    "PAIR_NOT_OF_THE_RECORD": (
        "an answer's record id is not made of its two persons",
        _BY_OWN_CLIENT,
    ),
    "CHANGE_NOT_OF_THE_KIND": (
        "the statement is neither stated nor withdrawn",
        _BY_OWN_CLIENT,
    ),
    "CONSENT_NOT_READABLE": (
        "a consent names no other registry, or a kind that no consent can cover",
        "name another registry, of the kinds training, education, credential and link, and codes",
    ),
    "REQUEST_NOT_READABLE": (
        "a portability request names no other registry",
        "name the registry whose policy is asked",
    ),
    "DISPUTE_NOT_READABLE": (
        "an appeal names no record of a person, or no other registry that answered",
        "name registry, kind and id of the record, and the registry whose answer is appealed",
    ),
    "DECISION_NOT_READABLE": (
        "a decision names no record of another registry, no decision that there is, or writes words"
        " where a code must stand",
        "decide ACCEPTED, PARTLY, REFUSED or PENDING on a record of another registry, with codes as"
        " documents, reason and staff id",
    ),
    "ANSWER_NOT_READABLE": (
        "an answer is none of SAME, DIFFERENT, NEVER and DISPUTE, or neither stated nor withdrawn",
        _BY_OWN_CLIENT,
    ),
    "ANSWER_FOR_OTHERS": (
        "a registry answers about no person of its own, or under another person's id; or the"
        " Alliance says something else than NEVER",
        "let each registry answer about its own persons; the Alliance can say NEVER of any two",
    ),
    "MODEL_NOT_READABLE": (
        "the identity model's weights cannot be used by this version",
        "check the file with hub reference publish, or run the version of the hub that it is for",
    ),
    "EPOCH_OUT_OF_RANGE": (
        "the token epoch is none that a token key can have",
        "name the epoch of a token key",
    ),
    DAMAGED: (
        "the bytes do not say what they were sent to say",
        _SEND_AGAIN,
    ),
}


def rejection_words(reason: str) -> Message:
    """What is the matter with an event, and what to do about it."""
    what, fix = RULES.get(reason, RULES[DAMAGED])
    return Message(what if reason in RULES else f"{what}: {reason}", fix)

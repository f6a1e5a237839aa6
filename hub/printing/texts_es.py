"""The words of a report in Spanish. *Registro* is a registry; a record is a *constancia*."""

from __future__ import annotations

from datetime import date

from hub.printing.texts import Codes, Phrases, Texts

_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip

_CODES = Codes(
    outcomes={
        "FULL": "Aceptada por completo",
        "PARTIAL": "Aceptada en parte",
        "NEEDS_DOCUMENT": "Necesita un documento",
        "NEEDS_REVIEW": "Necesita revisión",
        "DENIED": "No aceptada",
    },
    kinds={
        "training": "capacitación",
        "education": "estudios",
        "credential": "credencial",
        "course": "curso aprobado",
        "trainer": "aprobación de instructor",
        "organization": "aprobación de organización",
    },
    these={
        "training": "esta capacitación",
        "education": "esta constancia de estudios",
        "credential": "esta credencial",
        "course": "este curso",
        "trainer": "esta aprobación de instructor",
        "organization": "esta aprobación de organización",
    },
    reasons={
        "accepted_in_full": "Una regla la acepta por completo.",
        "accepted_in_part": "Una regla la acepta en parte.",
        "documents_needed": "Una regla pide documentos primero.",
        "review_needed": "Una regla la deja a una persona del registro.",
        "not_accepted_by_rule": "Una regla no la acepta.",
        "not_in_force": "La constancia no está vigente ese día: {why}.",
        "no_rule_decides": "Ninguna regla decide sobre ella; la revisa una persona.",
        "not_known": "Una regla pregunta lo que la constancia no dice: {unknown}.",
        "hours_taken": "Algunas horas no cuentan: {cuts}.",
        "no_hours_left": "Ninguna hora cuenta: {cuts}.",
    },
    why_not_in_force={
        "no_day_of_its_own": "no tiene fecha",
        "reversed": "su registro la anuló",
        "applied": "se solicitó y no se otorgó",
        "declined": "su propio registro la rechazó",
        "revoked_without_a_day": "fue revocada",
        "withdrawn_without_a_day": "fue retirada",
        "suspended_without_a_day": "está suspendida",
        "expired_without_a_day": "había vencido",
        "not_yet": "su fecha es posterior",
        "revoked": "fue revocada",
        "withdrawn": "fue retirada",
        "expired": "había vencido",
    },
    cuts={
        "areas_not_counted": "las de las áreas de conocimiento {value}",
        "hours_of_no_area": "{value} no figuran en ninguna área de conocimiento",
        "cap_hours": "cuentan como máximo {value} por constancia",
        "clock_hours_per_ceu": "una CEU cuenta por {value} horas reloj",
        "clock_hours_per_semester": "un crédito semestral cuenta por {value} horas reloj",
        "rounded_down_to": "las horas se redondean hacia abajo a un múltiplo de {value}",
    },
    areas={
        "01": "crecimiento y desarrollo infantil",
        "02": "salud, seguridad y nutrición",
        "03": "enseñanza y aprendizaje",
        "04": "observación, documentación y evaluación",
        "05": "relaciones con la familia y la comunidad",
        "06": "administración y gestión",
        "07": "la profesión de la primera infancia y sus políticas",
        "08": "trabajo con poblaciones diversas",
        "99": "otras áreas",
    },
    unknown={
        "registry": "qué registro la tiene",
        "standing": "en qué situación está",
        "type": "su tipo",
        "subtype": "su entorno de trabajo",
        "own_type": "el tipo propio de su registro",
        "on": "su fecha",
        "expires": "cuándo vence",
        "revoked_on": "cuándo terminó",
        "amount": "la cantidad",
        "unit": "en qué unidad se cuenta",
        "min_amount": "la cantidad",
        "hours_by_area": "sus horas por área de conocimiento",
        "verification": "si fue verificada",
        "evidence": "de qué documento se tomó",
        "event_type": "qué tipo de evento fue",
        "delivery": "en qué modalidad se impartió",
        "organization": "qué organización la impartió",
        "approval_code": "su código de aprobación",
        "trainer": "quién fue el instructor",
        "level": "su nivel",
        "held_in": "en qué estado se realizó",
        "grade": "la calificación",
        "accredited": "si la institución educativa está acreditada",
        "birth_to_8_percent": "qué parte trata de niños desde el nacimiento hasta los 8 años",
        "documents": "qué documentos hay",
        "trainer_approved_by": "quién aprobó al instructor",
        "course_approved_by": "quién aprobó el curso",
        "on_list": "si su organización está en una lista",
        "recognized_in_at_least": "cuántos estados la reconocen",
        "within_months": "cuánto tiempo ha pasado",
    },
    documents={
        "certificate": "certificado de finalización",
        "certificate_copy": "copia del certificado de la credencial",
        "session_tracking_form": "formulario de seguimiento de sesiones de la conferencia",
        "learning_objectives": "objetivos de aprendizaje de la capacitación",
        "delivery_method": "declaración de la modalidad en que se impartió la capacitación",
        "assessment_type": "declaración de cómo se evaluó el aprendizaje",
        "official_transcript": (
            "expediente académico oficial (official transcript), enviado al registro por la propia"
            " institución educativa"
        ),
        "transcript_copy": "copia del expediente académico",
        "grade_report": "informe de calificaciones",
        "degree_copy": "copia del título",
        "director_experience_1_year": (
            "comprobante de un año de experiencia como director o directora"
        ),
        "sponsor_verification": "verificación de su patrocinador",
    },
    purposes={
        "career_pathway": "para avanzar de nivel en la carrera profesional",
        "credential_renewal": "para renovar una credencial",
    },
    decisions={
        "ACCEPTED": "aceptada el {day}",
        "PARTLY": "aceptada en parte el {day}",
        "REFUSED": "no aceptada, el {day}",
        "PENDING": "documentos anotados el {day}; aún no se ha decidido nada",
    },
    states={
        "us-dc": "Washington, D. C.",
        "us-hi": "Hawái",
        "us-la": "Luisiana",
        "us-mo": "Misuri",
        "us-ms": "Misisipi",
        "us-nc": "Carolina del Norte",
        "us-nd": "Dakota del Norte",
        "us-nh": "Nuevo Hampshire",
        "us-nj": "Nueva Jersey",
        "us-nm": "Nuevo México",
        "us-ny": "Nueva York",
        "us-or": "Oregón",
        "us-pa": "Pensilvania",
        "us-sc": "Carolina del Sur",
        "us-sd": "Dakota del Sur",
        "us-wv": "Virginia Occidental",
    },
)

_PHRASES = Phrases(
    title="Informe de portabilidad",
    name="Informe de portabilidad: de {asker} a {receiver}",
    accepted_of="Aceptadas por completo o en parte en {receiver}: {count} de {total} constancias",
    accepted_of_one="Aceptadas por completo o en parte en {receiver}: {count} de 1 constancia",
    none_shown="No se puede mostrar ninguna constancia para {receiver}",
    none_lead=(
        "Al {as_of}, ninguna regla de {receiver} responde a una constancia que {asker} pueda"
        " mostrar."
    ),
    lead_hours=(
        "Según las reglas de {receiver}, al {as_of} cuentan {accepted} de {total} horas reloj."
    ),
    lead_without_hours=(
        "Según las reglas de {receiver}, al {as_of}. Ninguna constancia mostrada tiene horas."
    ),
    warning=(
        "Esto es lo que responden las reglas de {receiver} al {as_of}. No es una decisión: decide"
        " el registro de {receiver}, que puede pedir algo más."
    ),
    synthetic="Datos sintéticos: las personas y sus constancias son inventadas.",
    who="Quién solicita",
    person="Identificador de la persona en el registro de {asker}",
    person_name="Nombre (se escribe a mano)",
    for_registry="Para el registro de",
    asked_on="Solicitado el",
    answers_on="Respuestas al",
    summary="Resumen",
    summary_caption="Constancias y horas reloj por respuesta, al {as_of}",
    answer="Respuesta",
    records="Constancias",
    hours_accepted="Horas aceptadas",
    hours_shown="Horas registradas",
    all_records="Todas las constancias",
    no_hours="sin horas",
    no_rule_in_force="Sin regla vigente",
    no_rule_sentence="{receiver} no tiene una regla sobre {this} que esté vigente al {as_of}.",
    bring="Qué llevar",
    bring_intro=(
        "Las reglas de {receiver} piden estos documentos. Cada uno aparece una sola vez, con las"
        " constancias para las que sirve."
    ),
    bring_nothing="Ningún documento cambiaría una respuesta al {as_of}.",
    bring_for="para {records}",
    own_word="en palabras del propio registro",
    has_already="El registro de {receiver} ya ha recibido: {documents}.",
    decided_count=(
        "El registro de {receiver} ya ha decidido sobre {count} de {total}; véase cada constancia."
    ),
    each_record="Cada constancia",
    record_named="{kind} {id}, del registro de {registry}",
    counts_hours="{receiver} cuenta {accepted} de {total} horas reloj de {this}",
    accepts_full="{receiver} acepta {this} por completo",
    accepts_part="{receiver} acepta {this} en parte",
    but_not=", pero no {purposes}",
    needs_documents="{receiver} necesita documentos antes de decidir sobre {this}",
    needs_review="Una persona del registro de {receiver} revisa primero {this}",
    denied="{receiver} no acepta {this}",
    with_documents="con ellos: {answer}",
    hours="Horas reloj",
    hours_of="{accepted} de {total} aceptadas",
    record_without_hours="la constancia no tiene horas",
    counts_as="Cuenta como (término propio)",
    not_for="No cuenta",
    holds="Validez",
    holds_from="desde el {first}",
    holds_until="desde el {first} hasta el {last}",
    no_end="sin fecha final",
    then="después: {answer}",
    documents="Documentos que se piden",
    why="Motivo",
    rule="Regla",
    rule_version="{rule}, versión {version}",
    rule_of_all="ninguna propia: vale igual para toda constancia",
    source="Fuente de la regla",
    decided="Decisión de {receiver}",
    not_decided="ninguna todavía",
    decided_reason="su código de motivo: {reason}",
    decided_earlier="sobre una versión anterior de la constancia",
    received="documentos recibidos: {documents}",
    other_request="Responde a la solicitud del {day}.",
    not_shown="Lo que no se muestra aquí",
    silent_kinds=(
        "{receiver} no ha publicado reglas sobre estas clases de constancia: {kinds}. Su registro"
        " dice qué cuenta."
    ),
    gate=(
        "Las constancias que tienen otros registros aparecen aquí solo si un acuerdo o su"
        " consentimiento permite que {asker} las conozca. Nada aquí dice si hay otras."
    ),
    wrong="Si una respuesta parece equivocada",
    wrong_text=(
        "Pida al registro de {asker} que corrija la constancia o que presente una apelación ante"
        " {receiver}. Indique la clase y el identificador de la constancia."
    ),
    footer_source="Hecho solo con la bandeja de entrada de {registry}, por Registry Hub {version}.",
    footer_received="La respuesta más reciente se recibió el {stamp} UTC.",
    footer_command="Se vuelve a hacer con: {command}",
    page_of="Página {page} de {pages}",
    last="y",
    last_before_i="e",
)


def texts() -> Texts:
    return Texts("es", _CODES, _PHRASES, _day)


def _day(day: date) -> str:
    return f"{day.day} de {_MONTHS[day.month - 1]} de {day.year}"

"""Groups of surnames by which links are counted apart, to see whether a model serves them as well.

The groups say something about a name as it is written, nothing about its bearer. Both tests are
plain on purpose: whoever reads a figure can tell which names are in it.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from hub.identity.normalize import surname_forms

_PARTICLES = "AL BIN DA DAS DE DEL DELA DELLA DEN DER DI DO DOS DU EL LA LAS LOS TEN TER VAN VON ZU"
_FREQUENT = """
ACOSTA AGUILAR AGUIRRE ALVARADO ALVAREZ AYALA CABRERA CALDERON CAMACHO CAMPOS CARDENAS CARRILLO
CASTANEDA CASTILLO CASTRO CERVANTES CHAVEZ CONTRERAS CORTEZ CRUZ DELACRUZ DELEON DELGADO DIAZ
DOMINGUEZ ESCOBAR ESPINOZA ESTRADA FERNANDEZ FIGUEROA FLORES FRANCO FUENTES GALLEGOS GARCIA GARZA
GOMEZ GONZALES GONZALEZ GUERRA GUERRERO GUTIERREZ GUZMAN HERNANDEZ HERRERA IBARRA JIMENEZ JUAREZ
LOPEZ LOZANO LUNA MALDONADO MARQUEZ MARTINEZ MEDINA MEJIA MENDEZ MENDOZA MIRANDA MOLINA MONTOYA
MORALES MORENO MUNOZ NAVARRO NUNEZ OCHOA OROZCO ORTEGA ORTIZ PACHECO PADILLA PENA PEREZ QUINTERO
RAMIREZ RAMOS RANGEL REYES RIOS RIVAS RIVERA ROBLES RODRIGUEZ ROJAS ROMERO ROSALES RUIZ SALAZAR
SALINAS SANCHEZ SANDOVAL SANTIAGO SANTOS SERRANO SILVA SOLIS SOTO SUAREZ TORRES TREJO TREVINO
TRUJILLO VALDEZ VALENZUELA VARGAS VASQUEZ VAZQUEZ VEGA VELASQUEZ VELEZ VILLARREAL ZAMORA ZAVALA
AHMED ALI BUI CHANG CHEN CHENG CHO CHOI CHU DANG DO DUONG GUPTA HO HOANG HUANG HUYNH HWANG KANG
KAUR KHAN KIM LAM LE LI LIANG LIM LIN LIU LU LY NGO NGUYEN PARK PATEL PHAM PHAN SHAH SHARMA SINGH
TANG TRAN TRUONG VANG VO WANG WONG WU XIONG YANG YU ZHANG ZHAO ZHENG
"""
"""Frequent surnames in the United States that come from Spanish, or from Asia."""


def is_double(surname: str | None) -> bool:
    """Whether a surname has several parts that people also go by alone, such as Ruiz-Lee."""
    return len(surname_forms(surname)) > 1


def is_non_english(surname: str | None) -> bool:
    """Whether a surname is written with a letter outside A to Z, with a particle such as de la or
    van, or has a part that is frequent and comes from Spanish or from Asia."""
    letters = unicodedata.normalize("NFC", surname or "")
    if any(letter.isalpha() and not letter.isascii() for letter in letters):
        return True
    words = letters.upper().split()
    if len(words) > 1 and not _words(_PARTICLES).isdisjoint(words):
        return True
    return not _words(_FREQUENT).isdisjoint(surname_forms(surname))


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())

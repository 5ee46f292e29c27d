"""Names of whoever, known by what stands around them: titles, labels, degrees.

Every repeat is bounded, and every pattern starts with something that a text can hold only so often, so that the time
grows with the length of the text and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from gazeapp.cases.phi.plain_words import names_somebody

Span = tuple[int, int, str]  # start, end, kind

# In brackets: what a name may begin with (none of the usual small letters, so scripts without capitals count too), and
# what it may go on with.
UPPER = r"^\W\d_a-zß-öø-ÿα-ωά-ώа-яё"
LETTER = r"\w\u0300-\u036f'’ʼ‐‑\-"
_BLANK = r"[ \t]{1,8}"
_BLANK_OR_BREAK = r"(?:[ \t]{1,8}\n?|\n)[ \t]{0,8}"

# Words that follow names and labels with a capital, and are hardly anybody's name. Each in this and in capital letters.
_NOT_NAMES = (
    "Dr Drs Mr Mrs Ms Prof Herr Frau And As At By For From In Is It No Not Of On That The There These This To Via Was "
    "Who With About Regarding Today Right Left Findings Finding Impression Technique Comparison Indication History "
    "Clinical Exam Examination Report Date Time Heart Lung Lungs Chest Thorax Radiology Surgery Medicine Cardiology "
    "Oncology Emergency Orthopedics Orthopaedics Pulmonology Neurology Pediatrics Paediatrics Intensive Department "
    "Hospital Clinic Nursing Rotated Intubated Supine Upright Erect Semierect Sitting Standing Portable Female Male "
    "Unknown None Normal Film Films Patient Name Lateral Frontal View Views Limited Motion Status Evaluate Tube Tubes "
    "Mild Moderate Severe Upper Lower Middle"
)
_NOT_NAMES_IN_CAPITALS = "MD DO RN NP PA AP PHD MBBS FRCR FACR ICU ITU ED ER CT MRI XR CXR US ID DOB MRN PICC ETT NGT"
_NO_NAME = "|".join(f"{_NOT_NAMES} {_NOT_NAMES.upper()} {_NOT_NAMES_IN_CAPITALS} PhD".split())

_ANY_NAME = rf"(?:[dDlL]['’]|[AaEe]l-)?[{UPPER}][{LETTER}]{{1,40}}"
_NAME = rf"(?=\w[{LETTER}])(?!(?:{_NO_NAME})\b){_ANY_NAME}"  # the first look ahead spares initials the long list
_INITIAL = rf"[{UPPER}]\."
_BARE_INITIAL = rf"[{UPPER}](?={_BLANK}[{UPPER}])"
_PARTICLE = (
    r"(?:[Vv][ao]n|[Vv]om|[Dd]e[nrl]?|[Dd]ell[ao]|[Dd][aiou]s?|[Ll][ae]s?|[Ee]l|[Aa]l|[Bb]in|[Ii]bn|[Zz]u[mr]?|[Tt]e[nr]|['’]t"
    r"|af|av|y|[Ss]t\.?)"
)
_BEFORE = rf"(?:{_INITIAL}-?[ \t]{{0,4}}|{_BARE_INITIAL}{_BLANK}|{_PARTICLE}{_BLANK}){{0,4}}"
_AFTER = (
    rf"(?:{_BLANK_OR_BREAK}(?:{_PARTICLE}{_BLANK}){{0,3}}{_NAME}(?!:)|{_BLANK}{_INITIAL}(?:[ \t]?{_INITIAL}){{0,2}}"
    rf"|{_BLANK}[{UPPER}](?={_BLANK}[{UPPER}]|[ \t]{{0,4}}[,;)\n]|$)){{0,4}}"
)
_WHOLE = rf"{_BEFORE}{_NAME}{_AFTER}"  # J. van der Berg; Maria de la Cruz; JANE Q ROE
_NOT_TITLED = (
    r"(?:Dr|Prof|AT|IN|ON|OF|AND|THE|TO|FOR|WHO|WAS|"
    r"(?i:notified|informed|aware|call(?:ed)?|paged|bleeped|on[ ]call|specialist|practitioner))"
)
_TITLED = rf"{_BEFORE}(?!{_NOT_TITLED}\b){_ANY_NAME}{_AFTER}"  # Dr. He, Dr. Ward
_LAST_FIRST = rf"{_WHOLE}(?:,[ \t]{{0,4}}(?:{_WHOLE}|{_INITIAL}(?:[ \t]?{_INITIAL}){{0,2}}))?"
# The second name may begin the next line, if what follows it there is none of a sentence that begins with it.
_ON_THE_NEXT_LINE = (
    rf"[ \t]{{0,8}}\n[ \t]{{0,8}}{_NAME}(?=[ \t]{{0,4}}(?:[.,;)\n]|$)|[ ](?:is|was|has|had|who|with|and|at|on|today)\b)"
)
_TWO = (  # at least two names
    rf"{_BEFORE}{_NAME}(?:{_BLANK}(?:{_INITIAL}|{_BARE_INITIAL})){{0,2}}"
    rf"(?:{_BLANK}(?:{_PARTICLE}{_BLANK}){{0,3}}{_NAME}|{_ON_THE_NEXT_LINE}){_AFTER}"
)
_START = rf"(?<![{LETTER}])"
_AT_AN_END = r"(?=[ \t]{0,4}(?:[,.;\n]|$))"

_TITLE = (  # DR and MR are also digital radiography and magnetic resonance
    r"(?:Drs?|Dres|DRS?(?=\.)|"
    r"DR(?![ \t]{1,8}(?i:CHEST|PORTABLE|FILMS?|IMAG\w+|RADIO\w+|DETECTORS?|PLATES?|SYSTEM|UNIT|EXPOSURES?|PA|AP)\b)|"
    r"M[rs]s?|MRS|M[RS](?=\.)|Mx|Miss|Prof(?:essor)?|PROF|Doctor|DOCTOR|Herrn?|Frau|Mme|Mlle|Monsieur|Madame|Sra?|Señora?|Dra|Dott(?:oressa)?|"
    r"Sig(?:nora?|\.ra)?|[Dd]hr|[Mm]evr(?:ouw)?|[Mm]eneer|Sister|Nurse|[Дд]октор|[Вв]рач|[Пп]ациент(?:ка)?)"
)
_MORE_TITLES = r"(?:(?:Dr|Prof|med|univ|dent|phil|habil|h\.[ ]?c)\.?[ \t]{0,4}){0,4}"
_SIGNED = (
    r"(?:electronically[ ])?(?:signed|dictated|reported|read|interpreted|verified|approved|authenticated|transcribed|"
    r"finali[sz]ed)(?:[ ](?:off|electronically))?(?:[ ]and[ ]\w{1,12})?[ ]by"
)
_SIGNED_ABROAD = (  # Spanish, Portuguese, French, Italian, Dutch, German, Polish, Czech
    r"(?:firmado|informado|dictado|validado|realizado|assinado|laudado|ditado)[ ]por|"
    r"(?:signé|dicté|validé|rédigé)[ ]par|(?:firmato|refertato|dettato)[ ]da|(?:ondertekend|gedicteerd)[ ]door|"
    r"(?:unterzeichnet|unterschrieben|diktiert|befundet|validiert)[ ]von|podpisan[oy][ ]przez|podepsal"
)
_TOLD = (
    r"(?:seen|reviewed|performed|requested|ordered|referred|examined|supervised)[ ]by|discussed[ ]with|"
    r"communicated[ ](?:to|with)|(?:called|reported|relayed|conveyed)[ ]to|notified|informed|d/w"
)
_LABEL = (
    rf"{_SIGNED}|{_TOLD}|signed|signature|patient(?:'s|in)?(?:[ ]name)?|pts?\.?(?:[ ]name)?|pat\.?|re|"
    r"(?:(?:first|last|full)[ ])?name|surname|vorname|nachname|nom|prénom|nombre|apellidos?|nome|naam|"
    r"(?:referring|ordering|requesting|attending)(?:[ ](?:physician|doctor|provider|radiologist|md))?|referrer|gp|"
    r"resident|fellow|radiologist|radiographer|consultant|physician|doctor|surgeon|technologist|technician|provider|author|cc|"
    r"befunder|unterzeichnet|unterschrieben|gez\.?|фио|врач|пациент(?:ка)?|"
    rf"{_SIGNED_ABROAD}|firmado|firma|assinado|assinatura|signé|firmato|ondertekend|podpis|imza|"
    r"m[ée]dico|m[ée]decin|ärztin|arzt|radi[óo]logo|radiologue|lekarz|lékař|orvos|doktor|"
    r"paciente|paziente|patiënt|pacjent(?:ka)?|pacient(?:ka)?|beteg|potilas|imię[ ]i[ ]nazwisko|"
    r"jméno|név|ad[ıi][ ]soyad[ıi]|"
    r"họ[ ](?:và[ ])?tên|bác[ ]sĩ"
)
_DEGREE = (
    r"(?:M\.?D\.?|MBBS|M\.?B\.?,?[ ]Ch\.?B\.?|FRCR|FACR|D\.?O\.?|Ph\.?D\.?|R\.?N\.?|N\.?P\.?|PA-C|MRCP|"
    r"R\.?T\.?[ ]?\(R\))(?![\w-])"
)
# Titles that are words or other short forms too: at least two names with small letters must follow.
_BEFORE_TWO = (
    r"(?:[Ll]ek\.(?:[ ]med\.)?|MUDr\.?|MDDr\.?|BS(?:CK\w{1,3})?\.|ThS\.?|PGS\.?|GS\.|TS\.|Op\.|Uzm\.|Doç\.|[Dd]oc\.|"
    r"RN|NP|CRNA|LPN|PA-C|SpR|RT|MD|[Kk]and\.|[Ll]eg\.[ ]läk\.)"
)
_ROLE = (
    r"radiologist|radiographer|radiology[ ](?:registrar|resident|consultant|fellow)|consultant|registrar|"
    r"attending(?:[ ]physician)?|technologist|sonographer|physician|surgeon"
)
# What follows "Consultant" where nobody is named; beside `_NOT_NAMES`.
_NOT_AFTER_ROLE = (
    rf"{_ROLE}|read(?:er|ing)?|review\w*|opinions?|advice|statements?|notes?|comments?|signature|contact|initials|"
    r"interpretation|conclusion|summary|addendum|respiratory|thoracic|cardiothoracic|cardiac|vascular|paediatric|"
    r"pediatric|general|medical|orthopa?edic|interventional|clinical|cardiologist|physicians|anaesthetist|an?esthesia|"
    r"team|ward|round|led|on[ -]call|agree[sd]?|aware|informed|requested|please|may|will|has|should|discussion"
)
_LOWER_NEXT = r"(?:[ \t](?!(?:at|on|in|and|for|from|to|by|with|via|who|was|is|of|about|the|today)\b)[a-z'’-]{2,30})?"
_EAST_ASIAN = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"

# "it" is the name, or the whole match; of "one" and "two" so many words must be none that reports write with a capital
# too, of "first" the first.
_PATTERNS = (
    rf"{_START}{_TITLE}(?:(?<!ster|urse|ctor|Miss)\.[ \t]{{0,8}}\n?|{_BLANK_OR_BREAK}){_MORE_TITLES}"
    rf"(?P<it>{_TITLED}|{_INITIAL}(?![ ][a-z]))",
    rf"\b(?:dr|drs|mr|mrs|prof)\b\.?{_BLANK}(?P<first>[a-z][a-z'’-]{{1,30}}{_LOWER_NEXT})",
    rf"\b(?i:{_LABEL})[ \t]{{0,4}}(?::|[-–](?=[ \t])|(?<=[ \t])[-–])[ \t]{{0,8}}{_TITLE}?\.?[ \t]{{0,4}}"
    rf"(?P<one>{_LAST_FIRST})",
    r"\b(?i:name|patient name|pt|signed by|dictated by)[ \t]{0,4}:[ \t]{0,8}"
    rf"(?P<one>[a-z]{{2,20}}(?:,?[ \t][a-z]{{1,20}}\.?){{1,2}}){_AT_AN_END}",
    rf"\b(?i:{_SIGNED}|{_SIGNED_ABROAD}|{_TOLD}|patient name)[ \t\n]{{1,8}}(?P<two>{_TWO})",
    rf"\b(?i:{_SIGNED}|{_SIGNED_ABROAD})[ \t\n]{{1,8}}(?P<one>{_LAST_FIRST}){_AT_AN_END}",
    rf"{_START}{_BEFORE_TWO}{_BLANK}(?:{_MORE_TITLES})(?![{UPPER}]{{2}})(?P<two>{_TWO})",
    rf"{_START}(?:Drs|Dres|DRS)\.?{_BLANK}(?P<it>{_WHOLE}(?:[ ]?/[ ]?{_WHOLE}){{1,3}})",
    rf"\b(?i:(?:films?|x-?rays?|radiographs?|study|report|case|son|daughter|wife|husband|mother|father)[ ]"
    rf"(?:of|for|on|by))[ \n](?P<two>{_TWO})",
    rf"\b(?:(?i:patient|pt),?[ ]|patient,?\n)(?P<two>{_TWO})",
    rf"{_START}(?i:consultant|registrar|radiologist|radiographer|attending){_BLANK}(?!(?i:{_NOT_AFTER_ROLE})\b)"
    rf"(?P<one>{_WHOLE})(?!:)",
    rf"(?m:^)[ \t]{{0,8}}(?P<two>{_TWO}),{_BLANK}(?i:consultant{_BLANK})?(?i:{_ROLE})(?=[ \t]{{0,4}}(?:[,.;\n]|$))",
    rf"{_START}(?:Drs|Dres|DRS)\.?{_BLANK}{_WHOLE}(?:,{_BLANK}{_WHOLE}){{0,3}}[ ](?:and|und|&)[ ](?P<it>{_WHOLE})",
    rf"{_START}[{UPPER}][{LETTER}]{{1,40}}\^[{UPPER}][{LETTER}^ ]{{0,60}}",  # as a header has it
    r"(?:姓名|氏名|성명|이름|患者|病人|환자|(?:报告|审核|報告)(?:医生|医师|医師)|読影医)\s?[:：]\s?"
    rf"(?P<it>{_EAST_ASIAN}{{2,5}})",
    r"(?<![А-Яа-яЁё])(?:[А-ЯЁ][а-яё-]{1,30}[ ][А-ЯЁ]\.[ ]?[А-ЯЁ]\.|[А-ЯЁ]\.[ ]?[А-ЯЁ]\.[ ]?[А-ЯЁ][а-яё-]{1,30})",
)
_WITH_DEGREE = (
    rf"{_START}(?P<one>{_NAME},?{_BLANK}[{UPPER}](?:\.?[ ]?[{UPPER}])?\.?),?{_BLANK}{_DEGREE}",  # Smith J MD
    rf"{_START}(?P<two>{_TWO}){_BLANK}{_DEGREE}",
    rf"{_START}(?P<one>{_LAST_FIRST}),[ \t]{{0,4}}{_DEGREE}",
)
_FEWEST = {"first": 1, "one": 1, "two": 2}
_SOME_DEGREE = re.compile(_DEGREE)

# At the first text and not at import: half a second, for which every start of every process would wait.
compiled = cache(re.compile)


def spans(text: str) -> Iterator[Span]:
    degrees = _WITH_DEGREE if _SOME_DEGREE.search(text) else ()  # they are tried at every capital: not in vain
    for pattern in map(compiled, (*_PATTERNS, *degrees)):
        group = next(iter(pattern.groupindex), "")
        for found in pattern.finditer(text):
            name = found[group or 0]
            if group == "first":
                name = name.split()[0]
            if names_somebody(name, _FEWEST.get(group, 0)):
                yield *found.span(group or 0), "name"

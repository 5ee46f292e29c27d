"""Days in a text: every form with a year, or with a month's name, and the days of the header without either."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from gazeapp.cases.phi import folding
from gazeapp.cases.phi.folding import Folded

Span = tuple[int, int, str]  # start, end, kind

# By month: English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish; Polish and Russian as after a day.
_FULL = (
    "january januar janner janvier enero gennaio janeiro januari stycznia января",
    "february februar feber fevrier febrero febbraio fevereiro februari lutego февраля",
    "march marz maerz mars marzo marco maart marca марта",
    "april avril abril aprile kwietnia апреля",
    "may mai mayo maggio maio mei maja maj мая",
    "june juni juin junio giugno junho czerwca июня",
    "july juli juillet julio luglio julho lipca июля",
    "august aout agosto augustus sierpnia augusti августа",
    "september septembre septiembre setiembre settembre setembro wrzesnia сентября",
    "october oktober octobre octubre ottobre outubro pazdziernika октября",
    "november novembre noviembre novembro listopada ноября",
    "december dezember decembre diciembre dicembre dezembro grudnia декабря",
)
# Turkish, Czech, Slovak, Hungarian, Romanian, Finnish, Danish, Norwegian, Serbian, Croatian, Ukrainian, Bulgarian,
# Greek, Catalan, Estonian, Indonesian, where they differ from these.
_FURTHER = (
    "ocak ledna ianuarie tammikuu tammikuuta tammikuun januara gener sijecnja січня януари ιανουαριου jaanuar",
    "subat unora februarie helmikuu helmikuuta helmikuun februara febrer veljace лютого февруари φεβρουαριου veebruar",
    "mart brezna marcius martie maaliskuu maaliskuuta maaliskuun marca marta marts maret ozujka березня март μαρτιου",
    "nisan dubna aprilis aprilie huhtikuu huhtikuuta huhtikuun aprila travnja квітня април απριλιου aprill",
    "mayis kvetna majus toukokuu toukokuuta toukokuun maig svibnja травня май μαιου",
    "haziran cervna junius iunie kesakuu kesakuuta kesakuun juna juny lipnja червня юни ιουνιου juuni",
    "temmuz cervence julius iulie heinakuu heinakuuta heinakuun jula juliol srpnja липня юли ιουλιου juuli",
    "agustos srpna augusztus elokuu elokuuta elokuun augusta avgusta agustus agost kolovoza серпня август αυγουστου",
    "eylul zari szeptember septembrie syyskuu syyskuuta syyskuun septembra rujna вересня септември σεπτεμβριου",
    "ekim rijna octombrie lokakuu lokakuuta lokakuun oktobra listopada жовтня октомври οκτωβριου oktoober",
    "kasim listopadu noiembrie marraskuu marraskuuta marraskuun novembra studenoga листопада ноември νοεμβριου",
    "aralik prosince decembrie joulukuu joulukuuta joulukuun decembra desember desembre prosinca грудня декември "
    "δεκεμβριου detsember",
)
_SHORT = (
    "jan janv ene gen янв leden",
    "feb febr fev fevr фев unor",
    "mar mrz mrt мар brezen marec",
    "apr avr abr апр duben",
    "may mai mag май kveten",
    "jun giu juin июн cerven",
    "jul juil lug июл cervenec",
    "aug ago aou авг srpen",
    "sep sept set сен сент",
    "oct okt ott out окт rijen",
    "nov ноя listopad",
    "dec dez dic дек prosinec",
)
_ENGLISH_SHORT = "jan feb mar apr jun jul aug sep sept oct nov dec"
_MONTHS = {
    folding.letters(word): month
    for rows in (_FULL, _FURTHER, _SHORT)
    for month, row in enumerate(rows, 1)
    for word in row.split()
}
_LONG = frozenset(
    map(folding.letters, " ".join((*_FULL, *_FURTHER, _ENGLISH_SHORT)).split())
)  # a day and one of these need no year

_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_TIME = r"(?:t\d{1,2}(?::?\d\d){1,2}(?:\.\d{1,6})?(?:z|[+-]\d\d:?\d\d)?)?"
# By first letter, so that a word that is no month is given up at once; within it the longest first.
_WORD = "|".join(
    f"{first}(?:{'|'.join(word[1:] for word in sorted(_MONTHS, key=len, reverse=True) if word[0] == first)})"
    for first in sorted({word[0] for word in _MONTHS})
)
_GAP = r"(?:[ \t]{1,4}\n?|\n)[ \t]{0,4}"  # a line may end in it
_OF = rf"(?:(?:of|de|del|di){_GAP})?"
_ALONE = r"(?<![^\W_])"  # no letter or digit before it
_ROMAN = r"(?:i{1,3}|iv|vi{0,3}|ix|xi{0,2})"
_ROMANS = r"(?:i{2,3}|iv|vi{1,3}|ix|xi{1,2})"  # of several letters: "5 x 2000" is no day
# Of a lung, or so many days, weeks or months ago.
_PART = r"(?:1/[234]|2/3|3/4)(?!\d)|\d{1,2}/(?:7|52|12)[ ](?:ago|earlier|before|previously|prior)\b"
# On the folded text, so that März is marz and T a t. "it" is the day, or the whole match.
_FORMS = (
    rf"(?<!\d){_YEAR}([-/._·])[ ]?{_MONTH}\1[ ]?{_DAY}(?!\d){_TIME}",
    rf"(?<!\d){_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:t?\d{{4}}(?:\d\d)?(?:\.\d{{1,6}})?)?(?!\d)",
    rf"{_ALONE}(?<!\d\.){_DAY}([-/._·])[ ]?{_DAY}\1[ ]?(?:{_YEAR}|'?\d\d)(?!\d)(?!\.\d){_TIME}",
    rf"{_ALONE}{_DAY}[-/._]{_DAY}[-/._]{_YEAR}(?!\d)",
    rf"{_ALONE}(?<!\d\.){_DAY}[ ]{{1,2}}([-/.])[ ]{{1,2}}{_DAY}[ ]{{1,2}}\1[ ]{{1,2}}{_YEAR}(?!\d)",
    rf"(?<!\d){_YEAR}[ ]{{1,2}}([-/.])[ ]{{1,2}}{_MONTH}[ ]{{1,2}}\1[ ]{{1,2}}{_DAY}(?!\d)",
    rf"\b(?:ngay[ ]{{1,2}})?{_DAY}[ ]{{1,2}}thang[ ]{{1,2}}{_MONTH}(?:[ ]{{1,2}}nam[ ]{{1,2}}{_YEAR})?(?!\d)",
    rf"{_ALONE}(?<!\d\.){_DAY}([-/.·])[ ]?{_ROMAN}\1[ ]?(?:{_YEAR}|'?\d\d)(?!\d)(?!\.\d)",
    rf"{_ALONE}(?<!\d\.){_DAY}[ ]{_ROMANS}[ ]{_YEAR}(?!\d)",
    rf"(?<!\d){_YEAR}([-/.])[ ]?{_ROMAN}\1[ ]?{_DAY}(?!\d)",
    rf"(?<![\w/.-]){_ROMANS}[-/.]{_YEAR}(?!\d)",
    rf"(?<![\d/.-])(?:{_MONTH}/|(?:0[1-9]|1[0-2])[.-]){_YEAR}(?![\d/]|[.-]\d)",
    rf"(?<![\d/.-]){_YEAR}[-/](?:0[1-9]|1[0-2])(?![\d/]|[.-]\d)",
    rf"\b(?:dated|comparison:?|compared (?:to|with))[ ]{{1,4}}(?!{_PART})(?P<it>{_DAY}/{_DAY})(?![\d/])",
    rf"(?:{_YEAR}\s?(?:年|년)\s?)?{_MONTH}\s?(?:月|월)\s?{_DAY}\s?(?:日|号|號|일)|{_YEAR}\s?(?:年|년)\s?{_MONTH}\s?(?:月|월)",
)
_WORDED = (
    rf"{_ALONE}(?<!\.)(?P<day>{_DAY})(?:st|nd|rd|th|er|o)?(?:\.?{_GAP}{_OF}|[./_-])(?P<word>{_WORD})\b"
    rf"(?:\.?(?:,?{_GAP}{_OF}(?P<year>{_YEAR}|'\d\d)|[./_-](?P<short>{_YEAR}|\d\d))\b{_TIME})?",
    rf"\b(?P<word>{_WORD})\b\.?(?:[ \t-]{{1,4}}|{_GAP})(?P<day>{_DAY})(?:st|nd|rd|th)?\b"
    rf"(?:(?:,[ \t]{{0,4}}|,?{_GAP}|[ \t-]{{1,4}})(?P<year>{_YEAR})\b)?",
    rf"\b(?P<word>{_WORD})\b\.?(?:,?[ \t]{{1,4}}{_OF}|[./_-])(?P<year>{_YEAR}|'\d\d)\b",
    rf"(?<!\d)(?P<year>{_YEAR})[ \t./_-]{{1,2}}(?P<word>{_WORD})\b[ \t./_-]{{1,2}}(?P<day>{_DAY})(?!\d)",
    rf"(?<!\d)(?P<day>{_DAY})(?P<word>{_WORD})(?P<year>{_YEAR}|\d\d)(?!\d)",
)
# Without a year or a name such numbers are days only if the header has them: 24/12, 4.12., 24-12, 24 12 1940.
_NUMBERS = (
    r"(?<![\d/.-])(\d{1,2})/(\d{1,2})(?![\d/])|(?<![\d/.-])(\d{1,2})\.[ ]?(\d{1,2})\.(?!\d|[ ]?(?:mm|cm)\b)"
    r"|(?<![\d/.-])(\d\d)[.-](\d\d)(?![\d/-]|\.\d|[ ]?(?:%|mm|cm|m|k?g|m?l|k?v)\b)"
    r"|(?<!\d)(\d{1,2})[ ](\d{1,2})[ ](?:(?:19|20)?\d\d)(?!\d)"
)
FORMS, WORDED = (tuple(re.compile(unicodedata.normalize("NFKD", form)) for form in kind) for kind in (_FORMS, _WORDED))
NUMBERS = re.compile(_NUMBERS)


def spans(text: str, folded: Folded, days: Iterable[str]) -> Iterator[Span]:
    """Where days stand; `days` are the header's, as DICOM writes them (19401224)."""
    known = {(int(day[4:6]), int(day[6:])) for day in days if re.fullmatch(r"\d{8}", day)}
    for form in FORMS:
        for found in form.finditer(folded.text):
            yield *folded.span(*found.span("it" if "it" in form.groupindex else 0)), "date"
    for form in WORDED:
        for found in form.finditer(folded.text):
            start, end = folded.span(*found.span())
            if _is_day(found.groupdict(), text[start:end], known):
                yield start, end, "date"
    if known:
        for found in NUMBERS.finditer(folded.text):
            one, two = (int(number) for number in found.groups() if number)
            if (one, two) in known or (two, one) in known:
                yield *folded.span(*found.span()), "date"


def _is_day(found: dict[str, str | None], original: str, known: set[tuple[int, int]]) -> bool:
    """A day and a month alone are one if the month is written out, or the header has that day. "3 may" is none."""
    word, day = found["word"] or "", found.get("day")
    if found.get("year") or found.get("short"):
        return True
    if not day or (word == "may" and ("may" in original or "\n" in original)):
        return False
    broken = "\n" in original and not original[0].isdigit()  # "March", and a line that begins with a number
    return (word in _LONG and not broken) or (_MONTHS[word], int(day)) in known

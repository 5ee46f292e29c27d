"""Days and great ages in report text, in the forms in which people write them."""

from __future__ import annotations

import pytest

from tests.cases.test_phi import found

BORN = [("date", "19401224"), ("date", "20240305")]


@pytest.mark.parametrize(
    "day",
    [
        *("2024-03-12", "2024/3/12", "2024.03.12", "2024_03_12", "2024. 3. 12", "12/03/2019", "3/12/19", "12.03.19"),
        *("12. 3. 2024", "12-03-24", "12.03-2019", "20240312", "20240312T101500", "2024-03-12T10:15:00"),
        *("2024-03-12T10:15:00.000+01:00", "12.3.2024T10:15", "03/2019", "3/2019", "03.2019", "2019-03"),
        *(
            "12-Mar-2024",
            "12/Mar/2024",
            "12.Mar.2024",
            "12Mar2024",
            "12MAR24",
            "12-mar-24",
            "Mar-12-2024",
            "2024-Mar-12",
        ),
        *(
            "12 March 2024",
            "12th of March, 2024",
            "March 12th, 2024",
            "Mar. 12, 2024",
            "March 2024",
            "March '24",
            "March 12",
        ),
        *("12 March", "12 Mar", "5 May", "12 may 2024", "3 JUNE 2024"),
        *("12. März 2024", "12. Maerz 2024", "1. Jänner 2024", "12. Dez. 2024", "3. Juni", "12 M\u00e4rz 24"[:7]),
        *("12 mars 2024", "1er août 2024", "12 févr. 2024", "14 juillet", "12 décembre"),
        *("12 de marzo de 2024", "12 marzo 2024", "5 de abril del 2024", "12 ene 2024", "3 de septiembre"),
        *("12 maggio 2024", "12 gen 2024", "7 luglio", "1º de março de 2024", "12 de dezembro", "12 out 2024"),
        *("12 mei 2024", "12 maart 2024", "5 augustus", "12 maj 2024", "12 stycznia 2024", "12 марта 2024", "12 мая"),
        *("12.XI.2024", "12. XI. 2024", "12.xi.24", "12/XI/2024", "12-XI-2024", "1.V.2024", "12 XI 2024", "2024.XI.12"),
        *("XI.2024", "VIII/2024", "１２．０３．２０２４", "2024-０3-12", "١٢/٠٣/٢٠٢٤"),
        *(
            "12 – 03 – 2024",
            "12 - 3 - 2024",
            "12 . 03 . 2024",
            "2024 – 03 – 12",
            "12 Ocak 2024",
            "3 Şubat 2024",
            "1 Kasım",
        ),
        *("12. března 2024", "12. února", "1. září 2024", "12. marca 2024", "12. októbra 2024", "březen 2024"),
        *("12. marraskuuta 2023", "1. kesäkuuta", "2024. március 12", "2024. szeptember 3", "12 ianuarie 2024"),
        *(
            "5 octombrie 2024",
            "12 augusti 2024",
            "12. marts 2024",
            "12. desember 2024",
            "12 oktober",
            "12 березня 2024",
        ),
        *("12 септември 2024", "12 Μαρτίου 2024", "12. ožujka 2024", "12 Maret 2024", "ngày 12 tháng 3 năm 2024"),
        *("12.XI.'24", "12.03.'24", "12·03·2024", "2024·03·12", "12⁄03⁄2024", "12∕3∕24", "2024⁄03⁄12"),
        *("2024年3月12日", "3月12日", "2024년 3월 12일"),
    ],
)
def test_a_day_is_found_in_every_form(day: str) -> None:
    assert found(f"Compared with the film of {day}, no change.") == [day]
    assert found(f"Film {day.upper()}: clear") == [day.upper()]


@pytest.mark.parametrize(
    "day",
    ["March\n12, 2024", "12\nMarch 2024", "12 March\n2024", "12\n  March", "March 12,\n2024", "12 de\nmarzo de 2024"],
)
def test_a_day_is_found_across_the_end_of_a_line(day: str) -> None:
    assert found(f"Compared with the film of {day}, no change.") == [day]


def test_a_line_that_begins_with_a_number_or_may_ends_no_day() -> None:
    assert found("Film of March\n12 mm nodule. Rib 5\nMay be a callus.\nKnown since May\n1. No effusion") == []


@pytest.mark.parametrize(
    "text",
    [
        *("Segments 3 may be spared", "3 out of 5 ribs", "2 set of films", "levels T4-5-6", "T12 May not", "rib 3/12"),
        *("3.12 cm", "2.5.1 of the list", "since 2019 may be", "ratio 12/24", "10.5 mm", "12 - 3 - 24 h", "5 ago"),
        *("5 x 2000 mm", "5 x 20 mm", "nerves V-2, III", "lead V.2", "stage 3 IV", "grade II/III", "3.V.2 of the list"),
        *("12 leden", "levels 3 - 4 - 5", "12 / 24 / 36 h", "5 – 10 – 15 mm", "12 - 3 - 24 h", "lokal 12", "kasus 3"),
    ],
)
def test_what_only_resembles_a_day_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("born 24/12", "24/12"),
        ("born 12/24", "12/24"),
        ("geb. am 24.12., klein", "24.12."),
        ("born 24 12 1940", "24 12 1940"),
        ("born 24 12 40", "24 12 40"),
        ("nata 24 dic", "24 dic"),
        ("seen 3/5", "3/5"),
        ("seen 5/3", "5/3"),
        ("seen 05/03", "05/03"),
        ("geb. 5.3.", "5.3."),
        ("geb. 5. 3., klein", "5. 3."),
        ("geb. 05.3.", "05.3."),
        ("born 24.12", "24.12"),
        ("born 24-12.", "24-12"),
        ("born 12–24", "12–24"),
    ],
)
def test_the_days_of_the_header_are_found_without_a_year(text: str, marked: str) -> None:
    assert found(text, BORN) == [marked]
    assert found(text, [("date", "19750817")]) == []


@pytest.mark.parametrize(
    "text", ["ribs 3-5", "24.12 cm", "24-12 mm", "5.3 mm", "5.3. mm", "5-3", "24.12.7", "24-12-", "124.12", "24.123"]
)
def test_a_measure_is_no_day_of_the_header(text: str) -> None:
    assert found(f"Nodule, {text} of it", BORN) == []


@pytest.mark.parametrize("day", ["24.12.1940", "12/24/40", "24. Dezember", "Dec 24", "24-Dec-1940", "24 décembre 1940"])
def test_the_days_of_the_header_are_found_in_the_usual_forms(day: str) -> None:
    assert found(f"born {day}!", BORN) == [day]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("A 93-year-old woman", "93-year-old"),
        ("93 yo male", "93 yo"),
        ("93F with fever", "93F"),
        ("93 M, fall", "93 M"),
        ("93 years of age", "93 years of age"),
        ("she is 93 years", "93 years"),
        ("93 y/o man", "93 y/o"),
        ("a 93yo lady", "93yo"),
        ("90 y.o., fall", "90 y.o."),
        ("101-YEAR-OLD", "101-YEAR-OLD"),
        ("aged 93, fall", "aged 93"),
        ("Age: 119", "Age: 119"),
        ("093Y", "093Y"),
        ("93 male", "93 male"),
        ("93-jährige Patientin", "93-jährige"),
        ("93jaehriger Mann", "93jaehriger"),
        ("93 Jahre alt", "93 Jahre alt"),
        ("homme de 93 ans", "93 ans"),
        ("mujer de 93 años", "93 años"),
        ("donna di 93 anni", "93 anni"),
        ("vrouw van 93 jaar", "93 jaar"),
        ("95 лет", "95 лет"),
        ("93岁", "93岁"),
        ("ninety-three-year-old man", "ninety-three-year-old"),
        ("in her late 90s", "in her late 90s"),
        ("a ９１ year old man", "９１ year old"),
        ("９３-ｙｅａｒ-ｏｌｄ", "９３-ｙｅａｒ-ｏｌｄ"),
        ("٩٣ years old", "٩٣ years old"),
        ("M/91, cough", "M/91"),
        ("f / 102", "f / 102"),
        ("93/F, fall", "93/F"),
        ("a 90+ year old lady", "90+ year old"),
        ("Pt is 95.", "95"),
        ("She was 101 and frail", "101"),
        ("age = 94", "age = 94"),
        ("age is 94", "age is 94"),
        ("Age: ninety-three", "Age: ninety-three"),
        ("pacient 94 let", "94 let"),
        ("pacjentka, 94 lat", "94 lat"),
        ("beteg, 94 év", "94 év"),
        ("94 éves nő", "94 éves"),
        ("en man 94 år", "94 år"),
        ("94-letá žena", "94-letá"),
        ("94-летняя пациентка", "94-летняя"),
        ("Wiek: 94", "Wiek: 94"),
        ("94 yaşında", "94 yaşında"),
        ("a 92‑year‑old man", "92‑year‑old"),
        ("a 92–year-old man", "92–year-old"),
        ("a 92—year—old man", "92—year—old"),
        ("ninety‐three‐year‐old man", "ninety‐three‐year‐old"),
        ("M91 with cough", "M91"),
        ("(F‒101)", "F‒101"),
        ("91yM, fall", "91yM"),
        ("91, F", "91, F"),
        ("91, M with cough", "91, M"),
        ("Male, 91", "91"),
        ("Female 91, fall", "91"),
        ("ninety one yrs", "ninety one yrs"),
        ("Age (years): 91", "Age (years): 91"),
        ("two nonagenarians", "nonagenarians"),
        ("a 92\nyear old man", "92\nyear old"),
        ("a 92-\n  year-old man", "92-\n  year-old"),
        ("a 92 - year - old man", "92 - year - old"),
        ("a 92 year\nold man", "92 year\nold"),
        ("a ninety-two\nyear old man", "ninety-two\nyear old"),
        ("ninety-two yo", "ninety-two yo"),
        ("90-92 years", "90-92 years"),
    ],
)
def test_ages_over_89_are_found(text: str, marked: str) -> None:
    assert found(text) == [marked]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "92 % saturation",
            "95 mm",
            "98 cm",
            "89-year-old",
            "a 45 yo man",
            "95 kV and 110 kVp",
            "93 mAs",
            "90 degrees",
        ),
        *(
            "0.93 yo",
            "3.95 m",
            "L93",
            "HR 101, BP 110/90",
            "95% CI",
            "93/min",
            "Fr 93-100",
            "age 9",
            "aged 93 %",
            "w/ 93 mm",
            "patient was 100 cm from the tube",
            "Pt is 95 % saturated",
            "he is 98.6",
            "the age is 9",
            "95 LAT view",
            "f/95 mm",
            "M/45",
            "I/M/93/2",
            "93 fibres",
            *(
                "SpO2 95, F 18 catheter",
                "Male 95 kg",
                "M95.2",
                "F 95 mm",
                "M101 mm",
                "a man, 100 % paced",
                "CM91",
                "95, M.2",
            ),
            "Sats 93\nJ tube in place",
        ),
    ],
)
def test_what_only_resembles_a_great_age_is_left_alone(text: str) -> None:
    assert found(text) == []

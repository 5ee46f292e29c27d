"""Names in report text: those of the header in every spelling that counts as the same, and those of whoever by form."""

from __future__ import annotations

import pytest

from tests.cases.test_phi import found


def named(text: str, *names: str) -> list[str]:
    return found(text, [("name", name) for name in names])


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("MUELLER", "Müller"),
        ("MUELLER", "Muller"),
        ("Müller", "MUELLER"),
        ("Müller", "Mu\u0308ller"),
        ("MULLER", "Mueller"),
        ("JUERGEN", "jürgen"),
        ("Jäger", "JAEGER"),
        ("Goethe", "Göthe"),
        ("WEISS", "Weiß"),
        ("Weiß", "WEISS"),
        ("Sørensen", "Soerensen"),
        ("SOERENSEN", "Sørensen"),
        ("Sörensen", "Sørensen"),
        ("AASE", "Åse"),
        ("Åse", "Ase"),
        ("Ærø", "AEROE"),
        ("Łukasz", "Lukasz"),
        ("Đurić", "Duric"),
        ("Þórsson", "Thorsson"),
        ("Yıldız", "YILDIZ"),
        ("Núñez", "Nunez"),
        ("O'BRIEN", "O’Brien"),
        ("O'BRIEN", "OBrien"),
        ("O'BRIEN", "O Brien"),
        ("OBRIEN", "O´Brien"),
        ("OBRIEN", "O Brien"),
        ("Smith-Jones", "Smith Jones"),
        ("Smith-Jones", "SmithJones"),
        ("Smith Jones", "Smith-Jones"),
        ("SmithJones", "Smith‑Jones"),
        ("Smith-Jones", "Jones"),
        ("Smith-Jones", "Smith-\nJones"),
        ("Smith", "Smi-\nth"),
        ("GILDONG", "Gil Dong"),
        ("Gil Dong", "gildong"),
        ("Ｓｍｉｔｈ", "Smith"),
        ("Иванов", "ИВАНОВ"),
        ("Пётр", "Петр"),
        ("Παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"),
        ("أحمد", "احمد"),
        ("ガダ", "ｶﾞﾀﾞ"),
        ("كريمي", "کریمی"),
        ("علی", "علي"),
        ("Muster", "𝐌𝐮𝐬𝐭𝐞𝐫"),
        ("Muster", "ᴹᵁˢᵀᴱᴿ"),
    ],
)
def test_spellings_of_one_name_count_as_the_same(header: str, text: str) -> None:
    assert named(f"Seen was {text}. No effusion.", header) == [text]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("muster, known nodule", ["muster"]),
        ("MUSTER and muster", ["MUSTER", "muster"]),
        ("Muster's film", ["Muster"]),
        ("Musters Aufnahme", ["Musters"]),
        ("Must be; mustering", []),
        ("film_Muster_2.dcm", ["Muster"]),
        ("MUSTER4711", ["MUSTER"]),
        ("Erika Muster", ["Erika Muster"]),
        ("Muster, Erika", ["Muster, Erika"]),
        ("ErikaMuster", ["ErikaMuster"]),
        ("E. Muster", ["E. Muster"]),
        ("E Muster", ["E Muster"]),
        ("E.Muster", ["E.Muster"]),
        ("Muster, E.", ["Muster, E."]),
        ("Erika Q. Muster", ["Erika Q. Muster"]),
        ("Erika van der Muster", ["Erika van der Muster"]),
        ("Film A Muster", ["Muster"]),
        ("By Muster. A large effusion", ["Muster"]),
    ],
)
def test_a_name_is_marked_whole(text: str, marked: list[str]) -> None:
    assert named(text, "Muster", "Erika", "Erika Muster", "Muster Erika") == marked


@pytest.mark.parametrize("name", ["Li", "Wu", "Ng", "Ö"])
def test_names_of_two_letters_are_found_as_words(name: str) -> None:
    assert named(f"Ms {name} was; {name.upper()} too", name) == [name, name.upper()]
    assert named(f"a{name}a {name}a a{name.lower()} was", name) == []


def test_short_words_of_prose_are_names_only_with_a_capital() -> None:
    assert named("An effusion, as in an He film; no, he is in", "He") == ["He"]
    assert named("he an an effusion, an kim", "Kim", "An") == ["an kim"]


def test_words_of_prose_are_not_joined_to_a_name() -> None:
    assert named("All in good order, all in all", "Allin") == []
    assert named("A L L I N and All In", "Allin") == ["A L L I N", "All In"]


def test_a_short_name_is_no_other_word_without_its_accents() -> None:
    assert named("No effusion, no Noe, Noé, Nö", "Noé") == ["Noe, Noé, Nö"]


def test_names_that_change_their_endings_are_found() -> None:
    assert named("Снимок Иванова; Иванову; Ивановым; Анны. Иволга", "Иванов", "Анна") == [
        "Иванова",
        "Иванову",
        "Ивановым",
        "Анны",
    ]


@pytest.mark.parametrize(
    ("header", "text", "marked"),
    [
        ("张志宏", "患者张志宏，双肺纹理清晰。", ["张志宏"]),
        ("山田 太郎", "山田太郎様の写真", ["山田太郎"]),
        ("홍길동", "홍길동은 정상", ["홍길동"]),
        (
            "홍길동",
            "\u1112\u1169\u11bc\u1100\u1175\u11af\u1103\u1169\u11bc\u110b\u1173\u11ab",
            ["\u1112\u1169\u11bc\u1100\u1175\u11af\u1103\u1169\u11bc"],
        ),
        ("株式", "於㍿也", ["㍿"]),
        ("高", "高密度影", []),
        ("高", "高先生，双肺", ["高"]),
        ("高", "患者高，双肺", ["高"]),
        ("이", "이 환자", ["이"]),
        ("이", "이상 없음", []),
        ("수이", "수인은", []),
    ],
)
def test_names_in_scripts_without_blanks(header: str, text: str, marked: list[str]) -> None:
    assert named(text, header) == marked


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("Müller", "MÃ¼ller"),
        ("Müller", "M?ller"),
        ("Müller", "Mller"),
        ("Иванов", "Èâàíîâ"),
        ("Иванов", "ÈÂÀÍÎÂ"),
        ("Иванов", "é×ÁÎÏ×"),
        ("张志宏", "ÕÅÖ¾ºê"),
        ("Šarić", "©ariæ"),
        ("Παπάς", "ÐáðÜò"),
        ("Παπάς", "Ðáðáò"),
    ],
)
def test_a_name_whose_bytes_were_read_wrongly_is_found(header: str, text: str) -> None:
    assert named(f"Seen was {text} again", header) == [text]


@pytest.mark.parametrize(
    ("header", "text"),
    [
        *[(header, text) for header in ("M?ller", "M\ufffdller", "M_ller", "M ller") for text in ("Müller", "Mueller")],
        ("M??LLER", "MÜLLERS"),
        ("?ukasz", "Łukasz"),
        ("STRAU?", "Strauß"),
        ("S?rensen-?kesson", "Åkesson"),
        ("M?ndez N??ez", "Núñez"),
        ("W?st", "Wüst"),
        ("Ив?нов", "Иванов"),
        ("?or?evi?", "Đorđević"),
    ],
)
def test_a_letter_lost_in_the_header_may_be_any(header: str, text: str) -> None:
    assert named(f"Film of {text}, clear.", header) == [text]


def test_what_little_a_header_kept_of_a_name_is_not_found_in_every_word() -> None:
    assert named("The West wrist waist; Lab lad lo. Miller mill", "W?st", "L?", "?a?", "M??", "????", "o?o?o?o?") == [
        "West"
    ]
    assert named("Anna is marian, annals and mar", "Anna Maria", "An Al") == []


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Dr. J. Smith reports", ["J. Smith"]),
        ("Dr. van der Berg saw", ["van der Berg"]),
        ("Dr Harold Jenkins on 4 May 2024", ["Harold Jenkins", "4 May 2024"]),
        ("Film of Mr John Smith", ["John Smith"]),
        ("Film of John Smith", ["John Smith"]),
        ("the patient, John Smith, is", ["John Smith"]),
        ("Discussed with Dr. Anna Smith at noon", ["Anna Smith"]),
        ("DISCUSSED WITH DR. SMITH AT NOON, DR PATEL TOO", ["SMITH", "PATEL TOO"]),
        ("Mrs Weber tolerated", ["Weber"]),
        ("told dr. john smith at noon", ["john smith"]),
        ("Dr.Smith", ["Smith"]),
        ("Dr. Anna\nSmith\nFindings: none", ["Anna\nSmith"]),
        ("Prof. Dr. med. Hans-Peter Müller-Lüdenscheidt hat", ["Hans-Peter Müller-Lüdenscheidt"]),
        ("Dr. med. univ. Anna Gruber", ["Anna Gruber"]),
        ("Drs. Smith and Jones", ["Smith", "Jones"]),
        ("Mr. and Mrs. Smith", ["Smith"]),
        ("Dr. O’Connor; Prof. van 't Hoff; Dr. d'Aubigné", ["O’Connor", "van 't Hoff", "d'Aubigné"]),
        ("Mme Dupont, Sra. García López", ["Dupont", "García López"]),
        ("Dr. Mu\u0308ller", ["Mu\u0308ller"]),
        ("Врач Петрова", ["Петрова"]),
        ("Dr. He; Mr No; Dr. John Ward; Mrs Small; Dr. Heart", ["He", "No", "John Ward", "Small", "Heart"]),
        ("Dr. 王伟，", ["王伟"]),
        ("Pt: John Smith", ["John Smith"]),
        ("Patient: John Doe", ["John Doe"]),
        ("Patient name John Doe", ["John Doe"]),
        ("name: john smith", ["john smith"]),
        ("RE: SMITH, JOHN", ["SMITH, JOHN"]),
        ("Referring physician: Dr. de la Cruz", ["de la Cruz"]),
        ("signed by: JANE Q ROE, MD", ["JANE Q ROE"]),
        ("Electronically signed by: Roe, Jane Q, M.D.", ["Roe, Jane Q"]),
        ("Signed by Maria Garcia", ["Maria Garcia"]),
        ("Dictated by Jenkins", ["Jenkins"]),
        ("Seen by Harold Jenkins today", ["Harold Jenkins"]),
        ("Jane Roe, MD", ["Jane Roe"]),
        ("John Q. Smith MBBS", ["John Q. Smith"]),
        ("SMITH^JOHN^Q", ["SMITH^JOHN^Q"]),
        ("姓名：张三丰，男", ["张三丰"]),
        ("told RN Mary Poppins at noon", ["Mary Poppins"]),
        ("Firmado: Juan Perez", ["Juan Perez"]),
        ("Firmado por Juan Perez", ["Juan Perez"]),
        ("Assinado por Maria da Silva", ["Maria da Silva"]),
        ("Signé par Anne Dupont", ["Anne Dupont"]),
        ("Pacjent: Jan Kowalski", ["Jan Kowalski"]),
        ("Paciente: Pérez, Juan", ["Pérez, Juan"]),
        ("Lek. Jan Kowalski", ["Jan Kowalski"]),
        ("lek. med. Jan Kowalski", ["Jan Kowalski"]),
        ("MUDr. Jan Novák", ["Jan Novák"]),
        ("BS. Nguyễn Văn A", ["Nguyễn Văn A"]),
        ("read by Smith J MD", ["Smith J"]),
        ("Lungs clear. Smith JA, MD", ["Smith JA"]),
        ("Smith, J., M.D.", ["Smith, J."]),
        ("Drs Smith/Jones", ["Smith/Jones"]),
        ("Drs. Smith / Jones / van der Berg agree", ["Smith / Jones / van der Berg"]),
        ("Attending: Smith, J.", ["Smith, J."]),
        ("Attending: Smith, J. Q. Lungs clear", ["Smith, J. Q."]),
        ("Иванов И.И. осмотрен", ["Иванов И.И."]),
        ("Seen by Harold\nJenkins", ["Harold\nJenkins"]),
        ("patient John\n  Smith was rotated", ["John\n  Smith"]),
        ("the patient\nJohn Smith has", ["John Smith"]),
        ("Film of John\nSmith. Clear", ["John\nSmith"]),
        ("Film of\nJohn Smith", ["John Smith"]),
    ],
)
def test_names_are_found_by_what_stands_around_them(text: str, marked: list[str]) -> None:
    assert found(text) == marked


@pytest.mark.parametrize(
    "text",
    [
        "Attending: none. Radiologist: see above. Read by: Radiology. Patient: Supine. Patient: rotated",
        "Film of Chest PA. X-ray of Right Ribs. Discussed with Ortho. Notified ICU team. Informed Consent obtained.",
        "DR CHEST, DR PA, DR IMAGE, MR CHEST, MS is known. PLEASE DO NOT REPEAT.",
        "Compare with Kerley B, M Mode. St. Jude valve. Swan-Ganz, Port-A-Cath, Hampton's hump, Bochdalek hernia.",
        "RN notified. RN CALLED BACK. NP Saw. RT Upper Lobe. MD Aware. BS. Heart normal. TS. Right Lung clear.",
        "Firma: see above. Arzt: keiner. Podpis. Paciente: Normal. Left/Right. Vitamin D. Type A.",
        "Film of Thorax\nSternotomy. Seen by Ortho\nCardiomegaly. Discussed with Anna\nSmall effusion.",
        "PATIENT\nTube Seen. RE: INCIDENTAL NODULE\nHodgkin disease. Case of Chest Pain\nXyz.",
        "No T. B. history. Name the lobe. The doctor was told. Signed.",
    ],
)
def test_what_only_resembles_a_name_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("Đorđević", "Djordjevic"),
        ("Đorđević", "DJORDJEVIĆ"),
        ("DJORDJEVIC", "Đorđević"),
        ("Đurić", "Djuric"),
        ("ANDJELIC", "Anđelić"),
        ("ANDJELIC", "ANĐELIĆ"),
        ("Vodjević", "Voðević"),
        ("HADZIDJORDJEVIC", "Hadžiđorđević"),
    ],
)
def test_a_crossed_d_is_written_dj_too(header: str, text: str) -> None:
    assert named(f"Film of {text}, clear.", header) == [text]


def test_a_name_with_dj_within_is_not_taken_for_a_word_without() -> None:
    assert named("Sin nada nuevo.", "Nadja") == []
    assert named("Nada nuevo, Andelic", "Nadja", "Andelic", "Andjelic") == ["Andelic"]
    assert named("Nada nuevo, Andelic", "Nadja", "Andjelic", "Andelic") == ["Andelic"]


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("Müller", "M&uuml;ller"),
        ("Müller", "M&#252;ller"),
        ("Müller", "M&#xFC;ller"),
        ("Müller", "M&amp;uuml;ller"),
        ("Müller", "M&uumlller"),
        ("Müller", "M&#252ller"),
        ("Müller", "M&#xFCller"),
        ("O'Brien", "O&#39;Brien"),
        ("O'Brien", "O&rsquo;Brien"),
        ("Đorđević", "&#272;or&#273;evi&#263;"),
    ],
)
def test_letters_written_as_on_a_web_page_are_read(header: str, text: str) -> None:
    assert named(f"&lt;b&gt; 5 &amp; 6: {text}&nbsp;has clear lungs &c; {text}", header) == [text, text]


def test_a_name_of_whoever_is_read_so_too() -> None:
    assert found("Signed by Dr. M&uuml;ller.") == ["M&uuml;ller"]
    assert found("Dr.&nbsp;Smith") == ["Smith"]


def test_full_width_letters_make_titles_and_names() -> None:
    assert found("Ｄｒ． Ｓｍｉｔｈ") == ["Ｓｍｉｔｈ"]
    assert found("Seen: 𝐃𝐫. 𝐒𝐦𝐢𝐭𝐡") == ["𝐒𝐦𝐢𝐭𝐡"]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Seen with Consultant Patel today", ["Patel"]),
        ("Consultant J. van der Berg agrees", ["J. van der Berg"]),
        ("Radiologist Anna Smith", ["Anna Smith"]),
        ("discussed with registrar O'Neill", ["O'Neill"]),
        ("Lungs clear.\nTom Baker, radiologist", ["Tom Baker"]),
        ("Lungs clear.\n  Tom A. Baker, Consultant Radiologist\nnext", ["Tom A. Baker"]),
        ("Anna de la Cruz, radiology registrar, 5 pm", ["Anna de la Cruz"]),
    ],
)
def test_names_beside_an_office_are_found(text: str, marked: list[str]) -> None:
    assert found(text) == marked


@pytest.mark.parametrize(
    "text",
    [
        *("Consultant Radiologist", "CONSULTANT REPORT", "Consultant Review advised.", "Radiologist Comments: none"),
        *(
            "Attending Physician",
            "Consultant Respiratory Physician opinion",
            "Radiologist: Impression",
            "Radiologist US",
        ),
        *("The consultant was told.", "Pneumothorax, radiologist informed.", "Right Upper Lobe, radiologist aware"),
        *("Heart normal, consultant\nto decide", "Consultant on call", "ATTENDING AGREES", "Radiographer Notes"),
    ],
)
def test_an_office_alone_names_nobody(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        *("Seen by Paul Nurse", "Signed by Post", "Discussed with John Ward", "Pt: SMALL, JOHN", "Patient: Rose White"),
        *(
            "Reviewed by Will Prior",
            "Film of Ed Young",
            "Informed An Li",
            "GP: Lindquist",
            "Author: Gilchrist",
            "cc: Gross",
        ),
        *("PATIENT JOHN SMITH ROTATED", "Consultant: Read", "Report for Mary Page", "dr ward notified", "Dr. Small"),
    ],
)
def test_a_name_that_is_a_word_too_stays_a_name(text: str) -> None:
    assert found(text) != []

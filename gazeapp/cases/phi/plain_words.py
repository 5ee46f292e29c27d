"""Words that reports write with a capital, or in lines of capitals, and that name nobody."""

from __future__ import annotations

import re

_WORDS_TEXT = (
    # Who, where and by what means.
    "locum agency charge radiology radiologist radiologists radiographer radiographers radiographic reporter "
    "consultant consultants registrar registrars resident residents attending intern houseman physician "
    "physicians doctor doctors surgeon surgeons anaesthetist anesthetist anaesthetics anesthesia technologist "
    "technician sonographer practitioner paramedic midwife matron sister trainee assistant secretary coordinator "
    "manager receptionist student operator therapist physiotherapist physio dietitian pharmacist officer staff "
    "team teams unit units clinic clinics department dept service services desk office floor bed room theatre "
    "theater mobile shift duty call float night overnight general practice trust orthopaedic orthopaedics "
    "orthopedic orthopedics ortho trauma medical medics surgical surgery respiratory cardiac cardiothoracic "
    "thoracic vascular renal gastro urology haematology hematology oncology cardiology neurology paediatric "
    "paediatrics pediatric pediatrics neonatal obstetric obstetrics gynae psychiatry palliative rheumatology "
    "dermatology geriatric geriatrics elderly stroke critical intensive care acute emergency accident casualty "
    "outpatient outpatients inpatient ambulatory community occupational health control spinal neuro neurosurgery "
    "neurosurgical plastics transplant dialysis endoscopy bronchoscopy pharmacy microbiology pathology "
    "physiotherapy therapy voice recognition speech language software powerscribe dictation transcription "
    "electronic electronically automated automatic computer system template letter telephone phone pager bleep "
    "email fax preliminary provisional verbal final initial addendum amended decision opinion opinions review "
    "reviewed reviewing referral referred request requested "
    # Film and report.
    "film films image images imaging radiograph radiographs xray series study examination exposure positioning "
    "position rotation rotated rotating projection projectional inspiration inspiratory expiration expiratory "
    "artefact artefacts artifact artifacts motion movement movements penetration penetrated grid quality "
    "diagnostic nondiagnostic technical technique technically adequate inadequate suboptimal optimal limited "
    "satisfactory excellent reasonable copy duplicate comparison follow followup urgent routine report reports "
    "finding findings impression indication portable supine erect semi semierect upright sitting seated standing "
    "stand leaning lordotic slumped lying recumbent prone decubitus "
    # How somebody is.
    "anxious premature neonate infant disease diseases malignancy foreign body during before after withheld "
    "refused refuses denies moved ill poorly unresolved resolved incidental necklace unwell unable unstable "
    "stable confused agitated uncooperative cooperative drowsy breathless dyspnoeic dyspneic tachypnoeic hypoxic "
    "febrile afebrile pyrexial septic sedated paralysed paralyzed ventilated intubated extubated kyphotic "
    "scoliotic obese cachectic pregnant immobile bedbound wheelchair comfortable comatose unconscious deceased "
    "smoker exsmoker nonsmoker diabetic asthmatic epileptic alcoholic demented immunosuppressed immunocompromised "
    "coughing breathing moving swallowing vomiting transferred admitted discharged presented presenting "
    "complaining awaiting aware informed notified notify called paged bleeped told known unknown previous "
    "previously recent recently new newly likely possible possibly probable probably query queried suspected "
    "suspicious persistent chronic worsening increasing improving ongoing intermittent productive raised elevated "
    "reduced decreased increased abnormal normal unchanged pre op postop postoperative preop preoperative status "
    "currently slightly markedly severely mildly moderately very too also now this that these those has had have "
    "is was were with without not no nil none be been being are and or for from to on in at by of the below above "
    "please unsure uncertain both bilateral bibasal basal left right upper lower middle multiple several single "
    "minimal mild moderate severe significant extensive diffuse focal patchy subtle apical lobar central "
    "peripheral "
    # What somebody has.
    "cough coughs fever fevers rigors sweats dyspnoea dyspnea breathlessness shortness breath wheeze weight "
    "syncope collapse collapsed injury injuries palpitations nausea diarrhoea diarrhea sepsis crackles "
    "crepitations creps oedema edema hypoxia sats temp temperature asthma cancer tumour tumor nodule nodules "
    "lesion lesions metastases metastatic mets pneumonia pneumonias effusion effusions emphysema sarcoid embolism "
    "embolus failure infarct ischaemia ischemia drain drains tube tubes catheter pacemaker stent valve fracture "
    "fractures rib ribs spine hip knee wrist ankle elbow shoulder clavicle sternum skull pelvis abdomen abdominal "
    "thorax chest lung lungs heart hilar hilum aorta aortic pulmonary pleural mediastinal cardiopulmonary "
    "interstitial miliary atypical viral bacterial aspiration covid flu influenza bowel liver breast haemorrhage "
    "hemorrhage bleed hernia abscess empyema swab positive negative side subclavian jugular femoral "
    # German.
    "liegend stehend sitzend bekannt bekannte bekannter zustand verlaufskontrolle keine"
)
WORDS = frozenset(_WORDS_TEXT.split())
# In capital letters.
_SHORT_TEXT = (
    "ICU ITU HDU CCU NICU PICU ED ER ENT AMU MAU SAU RN SHO SPR ST HCA AI PACS RIS CAD GP SOB RTA MVA CRP WCC BNP "
    "ECG COPD CCF CHF CHD IHD TB HIV CKD PE DVT MI ACS AF CABG AVR MVR TAVI PPM ICD PCI NG NGT OG ETT CVC PICC "
    "SVC IJ"
)
SHORT = frozenset(_SHORT_TEXT.split())
# Names of some people too: plain only beside plain words.
_AMBIGUOUS_TEXT = (
    "post poor good best fair ward nurse fellow fellows porter clerk house hawk day bay page read small large "
    "long short old young high low head neck hand hands foot arm leg bone fall falls pain loss mass marks major "
    "flat case burns dragon gross minor will an see prior still holding line field white black green brown lines "
    "sharp stand rest reader registry"
)
AMBIGUOUS = frozenset(_AMBIGUOUS_TEXT.split())
_OFFICES = frozenset({"nurse", "clerk", "porter", "fellow"})
_MEDICAL = re.compile(
    r"\w{2,30}(?:(?:br|s|id|r|b|c|l|n|i|t)osis|(?:ect|tast|i)asis|[^aeiou]{2}itis|onitis|aemia|[^aeiou]emia|ectomy|otomy|"
    r"ostomy|plasty|pathy|megaly|graphy|scopy|ology|ologists?|ological|pn(?:o)?ea|thorax|cardial|[a-z]sarcoma|carcinoma|"
    r"lymphoma|thelioma|ation|ction|ission|inically|erally|ously|iently|erately|ated|[a-z]{4}(?<!qu|qv|hr|gr)ists?|omatous|[ei]ness|ssment|cement)"
)
_WORD = re.compile(r"[^\W\d_][\w'’]+")  # and no initial


def names_somebody(text: str, fewest: int) -> bool:
    """Whether so many of the words are none of these, and not only such as may be either beside one of these."""
    words = _WORD.findall(text)
    if not fewest or not words:
        return True
    others = [word.lower() for word in words if not _plain(word)]
    if "\n" in text and not names_somebody(text.partition("\n")[0], 1):
        return False  # what follows on the next line makes none
    office = len(words) > 1 and words[-1].lower() in _OFFICES  # Ward Clerk
    return len(others) >= fewest and not (AMBIGUOUS.issuperset(others) and (office or len(others) < len(words)))


def _plain(word: str) -> bool:
    return word in SHORT or word.lower() in WORDS or bool(_MEDICAL.fullmatch(word.lower()))

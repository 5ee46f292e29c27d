"""A long report with five headings, and the sentences that a model reads of it, in their order."""

LONG = """EXAMINATION:  CHEST (PA AND LATERAL)

INDICATION:  Seventy-year-old smoker with three weeks of productive cough, low-grade fever, night sweats and weight
loss of about 4.5 kg. Referred by Dr. ___ of the walk-in clinic to rule out pneumonia, tuberculosis or malignancy.
A course of amoxicillin brought little relief. Known chronic obstructive pulmonary disease and hypertension.
Worked in a quarry for forty years; no known contact with tuberculosis. Oxygen saturation and weight on admission are
both noted above in full.

COMPARISON:  Chest radiographs of ___ and ___, and the report of an outside computed tomography of the chest, the
pictures of which were not available for direct comparison at the time of this dictation.

FINDINGS:

The lungs are mildly hyperinflated, in keeping with known obstructive disease. There is a new patchy opacity in the
right lower lobe, best seen on the lateral view, with faint air bronchograms. No cavitation is seen. The left lung is
clear. A small right pleural effusion blunts the right costophrenic angle and has increased since the last study.
There is no left pleural effusion and no pneumothorax on either side. The cardiac and mediastinal silhouettes are
within normal limits. The hilar contours are unremarkable. A calcified granuloma of 6 mm in the left upper zone is
unchanged. Pulmonary vascularity is normal, without edema. The trachea is midline. Degenerative changes of the
thoracic spine are moderate. No acute osseous abnormality is identified. The imaged upper abdomen is unremarkable.
Surgical clips project over the right upper quadrant as before.

IMPRESSION:

1. Right lower lobe pneumonia with a small parapneumonic effusion, larger than before.
2. No evidence of tuberculosis or of a mass; in a smoker of this age, however, a follow-up radiograph in six weeks
after treatment is advised to document resolution.
3. Stable calcified granuloma in the left upper lobe.
"""
LONG_AS_READ = [
    "1. Right lower lobe pneumonia with a small parapneumonic effusion, larger than before.",
    "2. No evidence of tuberculosis or of a mass; in a smoker of this age, however, a follow-up radiograph in six weeks"
    " after treatment is advised to document resolution.",
    "3. Stable calcified granuloma in the left upper lobe.",
    "The lungs are mildly hyperinflated, in keeping with known obstructive disease.",
    "There is a new patchy opacity in the right lower lobe, best seen on the lateral view, with faint air"
    " bronchograms.",
    "A small right pleural effusion blunts the right costophrenic angle and has increased since the last study.",
    "A calcified granuloma of 6 mm in the left upper zone is unchanged.",
    "Degenerative changes of the thoracic spine are moderate.",
    "Surgical clips project over the right upper quadrant as before.",
    "No cavitation is seen.",
    "The left lung is clear.",
    "There is no left pleural effusion and no pneumothorax on either side.",
    "The cardiac and mediastinal silhouettes are within normal limits.",
    "The hilar contours are unremarkable.",
    "Pulmonary vascularity is normal, without edema.",
    "The trachea is midline.",
    "No acute osseous abnormality is identified.",
    "The imaged upper abdomen is unremarkable.",
]

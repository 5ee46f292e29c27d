"""The MedGaze model: one module a part."""

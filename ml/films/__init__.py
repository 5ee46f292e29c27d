"""What a film file means, decided here for all who open one: the app's sandbox, data readers, the command line.

`reading.read` makes a file a `stored.StoredFilm`: decoded, modality table applied, padding black, bright is bright,
square pixels of 16 bits, and the windows beside them. What its header says of greys is held against the pixels.
`stored.for_model` is all that stands between a stored film and the model. NumPy, pydicom and Pillow only.
"""

"""A saved model for use elsewhere: a Hugging Face folder (``hf``), or graphs for ONNX runtimes (``graphs``)."""


class ConversionRefused(ValueError):
    """The model cannot be handed on as it is; the message says why and what to do."""

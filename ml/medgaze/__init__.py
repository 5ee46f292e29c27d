"""The model: configuration, network, processing, predictor, and what is known of a saved one.

Public names are imported from their modules; nothing here imports torch, so that the web process may read model info.
"""

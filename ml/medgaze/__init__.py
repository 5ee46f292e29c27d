"""The model: configuration, network, decoders, processing, predictor, and what is known of a saved one.

Names are imported from their modules; nothing here imports torch, so that the web process may read model_info.
"""

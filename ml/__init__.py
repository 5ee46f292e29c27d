"""The science of MedGaze: model, processor, predictor, simulation, training and metrics. Importable without Django."""

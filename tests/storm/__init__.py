"""The storm: what the engine is built for, made to happen once a second."""

"""Parts that models are built of: tables, encoders, decoders, supports of softmaxes."""

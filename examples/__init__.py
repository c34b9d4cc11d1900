"""Real models on real data sets that ship with scikit-learn, trained and packed as releases in seconds."""

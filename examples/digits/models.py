"""The digits' rows and estimators.

Source: https://scikit-learn.org/stable/datasets/toy_dataset.html#digits-dataset, which ships with scikit-learn.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from examples.release_set import ReleaseSet, Rows

SEED = 7
HELD_OUT_SHARE = 0.25


def release_set() -> ReleaseSet:
    """Split the digits, three quarters to learn from, and name the estimators."""
    images, labels = load_digits(return_X_y=True)
    learned, held, learned_labels, held_labels = train_test_split(
        images.astype(np.float32), labels, test_size=HELD_OUT_SHARE, random_state=SEED, stratify=labels
    )
    return ReleaseSet(
        name="digits",
        input_name="pixels",
        feature_names=tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
        data_set="Optical Recognition of Handwritten Digits (UCI), 8x8, as shipped with scikit-learn",
        code=Path(__file__).parent,
        training=Rows(features=learned, labels=learned_labels),
        golden=Rows(features=held[1:], labels=held_labels[1:]),
        sample=Rows(features=held[:1], labels=held_labels[:1]),
        estimators={
            "1": make_pipeline(MinMaxScaler(), LogisticRegression(max_iter=1000)),
            "2": make_pipeline(
                MinMaxScaler(), MLPClassifier((64,), learning_rate_init=0.005, max_iter=1000, random_state=SEED)
            ),
            "3": RandomForestClassifier(60, max_depth=10, random_state=SEED),
        },
    )

"""The tumours' rows and estimators. Label 0 is malignant, 1 benign.

Source: https://scikit-learn.org/stable/datasets/toy_dataset.html#breast-cancer-dataset, which ships with scikit-learn.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from examples.release_set import ReleaseSet, Rows
from serving.arrays import Array

SEED = 7
HELD_OUT_SHARE = 0.35
SLICES = np.array(["radius_q1", "radius_q2", "radius_q3", "radius_q4"])


def release_set() -> ReleaseSet:
    """Split the table, two thirds to learn from; the golden rows are in slices by the quartile of the mean radius."""
    table = load_breast_cancer()
    names = tuple(str(name).replace(" ", "_") for name in table.feature_names)
    learned, held, learned_labels, held_labels = train_test_split(
        table.data.astype(np.float32), table.target, test_size=HELD_OUT_SHARE, random_state=SEED, stratify=table.target
    )
    radius = names.index("mean_radius")
    slices = _quartiles(held[1:, radius], learned[:, radius])
    return ReleaseSet(
        name="tumours",
        input_name="features",
        feature_names=names,
        data_set="Breast Cancer Wisconsin (Diagnostic, UCI), as shipped with scikit-learn",
        code=Path(__file__).parent,
        training=Rows(features=learned, labels=learned_labels),
        golden=Rows(features=held[1:], labels=held_labels[1:], slices=slices),
        sample=Rows(features=held[:1], labels=held_labels[:1]),
        estimators={
            "1": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
            "2": GradientBoostingClassifier(random_state=SEED),
        },
    )


def _quartiles(values: Array, reference: Array) -> Array:
    return np.asarray(SLICES[np.searchsorted(np.quantile(reference, [0.25, 0.5, 0.75]), values)])

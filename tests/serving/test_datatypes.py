"""The same datatype has a name in each of four worlds."""

import numpy as np
import pytest

from serving.datatypes import NUMPY_TYPES, ONNX_TYPES, Datatype, onnx_type, triton_type


@pytest.mark.parametrize(
    ("datatype", "onnx", "triton"),
    [
        ("FP32", "tensor(float)", "TYPE_FP32"),
        ("FP64", "tensor(double)", "TYPE_FP64"),
        ("FP16", "tensor(float16)", "TYPE_FP16"),
        ("INT64", "tensor(int64)", "TYPE_INT64"),
        ("UINT8", "tensor(uint8)", "TYPE_UINT8"),
        ("BOOL", "tensor(bool)", "TYPE_BOOL"),
        ("BYTES", "tensor(string)", "TYPE_STRING"),
    ],
)
def test_a_datatype_is_named_as_each_runtime_names_it(datatype: Datatype, onnx: str, triton: str) -> None:
    assert onnx_type(datatype) == onnx
    assert triton_type(datatype) == triton
    assert ONNX_TYPES[onnx] == datatype


def test_every_datatype_has_a_numpy_type_and_an_onnx_name_of_its_own() -> None:
    assert len({np.dtype(kind) for kind in NUMPY_TYPES.values()}) == len(NUMPY_TYPES) == len(ONNX_TYPES) == 13

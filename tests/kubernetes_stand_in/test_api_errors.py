"""What the API server refuses, as sentences."""

import json

from tests.support.kubernetes_stand_in.api_error import ApiError, Fault

_BAR = 'spec.template.spec.containers[name="x"].bar'
_CONFLICT = {
    "message": "Apply failed with 1 conflict",
    "details": {
        "causes": [
            {
                "reason": "FieldManagerConflict",
                "message": 'conflict with "kubectl" using apps/v1',
                "field": ".spec.replicas",
            }
        ]
    },
}


def test_a_conflict_names_the_manager_the_field_and_what_to_do() -> None:
    error = ApiError.from_answer(409, json.dumps(_CONFLICT))
    (fault,) = error.faults()
    assert fault.property == "spec.replicas"
    assert fault.reason == error.sentence()
    assert fault.reason == (
        'spec.replicas belongs to the field manager "kubectl"; leave it out of the program, or set the annotation '
        'pulumi.com/patchForce: "true" to take it over'
    )


def test_every_unknown_field_is_named_at_once() -> None:
    message = 'strict decoding error: unknown field "spec.b", unknown field "spec.c"'
    error = ApiError.from_answer(400, json.dumps({"message": message}))
    assert [fault.property for fault in error.faults()] == ["spec.b", "spec.c"]


_TYPED = """failed to create typed patch object (default/x; apps/v1, Kind=Deployment): errors:
  .spec.template.spec.containers[name="x"].bar: field not declared in schema
  .spec.replicas: expected numeric (int or float), got string"""


def test_what_does_not_fit_the_schema_is_the_object_s_fault_whatever_the_status_says() -> None:
    error = ApiError.from_answer(500, json.dumps({"message": _TYPED}))
    assert error.wrong_object
    assert error.faults() == [
        Fault(_BAR, f"{_BAR} is no field of this kind; correct it or take it out"),
        Fault("spec.replicas", "spec.replicas: expected numeric (int or float), got string"),
    ]
    single = ApiError.from_answer(
        500, json.dumps({"message": f"{_TYPED.partition(' errors')[0]} .foo: field not declared in schema"})
    )
    assert [fault.property for fault in single.faults()] == ["foo"]


def test_every_invalid_value_is_named_with_its_property() -> None:
    causes = [{"field": "spec.a", "message": "Invalid value: 7"}, {"field": "spec.b", "message": "Required value"}]
    error = ApiError.from_answer(422, json.dumps({"message": "invalid", "details": {"causes": causes}}))
    assert error.faults() == [Fault("spec.a", "Invalid value: 7"), Fault("spec.b", "Required value")]
    assert error.invalid


def test_an_answer_that_is_no_status_is_shown_as_it_is() -> None:
    assert ApiError.from_answer(502, "Bad Gateway").faults() == [Fault("", "Bad Gateway")]
    assert ApiError.from_answer(503, "").message == "HTTP 503"

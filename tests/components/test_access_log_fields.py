from components.access_log_fields import access_log_fields
from serving.gateway_names import KEY_HEADER

FIELDS = access_log_fields(model="of the model", slot="of the slot", release="of the release")


def test_a_line_says_who_called_what_and_who_answered() -> None:
    assert (FIELDS["model"], FIELDS["slot"], FIELDS["release"]) == ("of the model", "of the slot", "of the release")
    assert FIELDS["client"] == "%REQ(x-slipway-client)%"


def test_no_key_and_no_query_gets_into_the_log() -> None:
    assert KEY_HEADER not in str(FIELDS).lower()
    assert FIELDS["path"] == "%PATH(NQ)%", "a query may hold anything"

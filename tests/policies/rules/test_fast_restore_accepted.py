from planned_stack import good_stack, messages, put, resource

ID = "fast-restore-accepted"
FAST = put(resource("aws:ebs/fastSnapshotRestore:FastSnapshotRestore", "fast", {"availabilityZone": "us-east-1a"}))


def test_fast_restore_is_refused_with_its_price_until_it_is_accepted() -> None:
    (found,) = messages(ID, FAST, "prod")
    assert "fast snapshot restore costs about 548 USD a month in each zone" in found
    assert messages(ID, FAST, "prod", accepted=True) == []


def test_a_stack_without_it_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_an_ordinary_snapshot_is_left_alone() -> None:
    assert messages(ID, put(resource("aws:ebs/snapshot:Snapshot", "s", {}))) == []

from mechanics.command_line import flags, values


def test_flags_are_read_with_their_values_however_they_are_written() -> None:
    found = flags(["server", "--a=1", "--b", "2", "--c", "--d=x=y", "--a=3", None, "--e"])
    assert found == [("--a", "1"), ("--b", "2"), ("--c", ""), ("--d", "x=y"), ("--a", "3"), ("--e", "")]
    assert values(found, "--a") == ["1", "3"]
    assert values(found, "--z") == []
    assert flags([]) == []

# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record is left of a run after which there is nothing to do, and of no other; where it cannot be, none is."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.keysmith.jwt.plugins.module_utils._disk import xattrs
from ansible_collections.keysmith.jwt.plugins.module_utils._errors import KeysmithError
from ansible_collections.keysmith.jwt.plugins.module_utils._keypair import record, record_writing
from ansible_collections.keysmith.jwt.tests.unit.settled_hosts import records

OPTIONS = {"a": 1}
RESULT = [{"changed": False}, ["a warning"]]
#: Nothing can be left with it.
NO_PLACE = "/proc/version"


def no_context(_path: str) -> str:
    return ""


class Place:
    """Some files, and the calls with which a record of them is left and found."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.files = [str(top / name) for name in ("a", "b", "c")]
        self.again = 0
        for path in self.files:
            Path(path).write_bytes(b"content")
            os.chmod(path, 0o600)

    def leave(
        self,
        anchors: t.Optional[t.Sequence[str]] = None,
        result: t.Any = "the usual",
        meanwhile: t.Callable[[], t.Any] = lambda: None,
    ) -> None:
        """``meanwhile`` is called while everything is looked into once more."""

        found = RESULT if result == "the usual" else result

        def again() -> t.Any:
            self.again += 1
            meanwhile()
            return found

        anchors = self.files[:1] if anchors is None else anchors
        record_writing.leave(OPTIONS, anchors, self.files, no_context, found or RESULT, again)

    def recall(self, anchors: t.Optional[t.Sequence[str]] = None) -> t.Any:
        return record.recall(OPTIONS, self.files[:1] if anchors is None else anchors, no_context)

    def is_bare(self, number: int = 0) -> bool:
        """Whether there is no record with a file, at most room for one."""
        return not records(self.files[number])


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_what_was_left_is_found(place: Place) -> None:
    assert place.recall() is None
    place.leave()
    assert place.recall() == RESULT and place.again == 1


def test_every_record_has_a_salt_of_its_own(place: Place) -> None:
    heads = set()
    for _number in range(3):
        place.leave()
        heads.add(records(place.files[0])[0][: record.SALT])
    assert len(heads) == 3


def test_where_something_is_to_be_done_nothing_is_left(place: Place) -> None:
    place.leave(result=None)
    assert place.recall() is None and place.is_bare()


def test_an_earlier_record_is_taken_away_first(place: Place) -> None:
    place.leave(place.files)
    assert place.recall(place.files) == RESULT
    place.leave(place.files, result=None)
    assert place.recall(place.files) is None and all(place.is_bare(number) for number in range(3))


def test_every_part_of_an_earlier_record_is_taken_away(place: Place) -> None:
    place.leave()
    place.leave([NO_PLACE, *place.files[:1]])
    assert place.is_bare()


@pytest.mark.parametrize("anchors", [[], [NO_PLACE]])
def test_where_there_is_no_place_for_a_record_nothing_is_looked_into(place: Place, anchors: t.List[str]) -> None:
    place.leave(anchors)
    assert place.again == 0


def _for_a_moment(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(b"other")
    path.write_bytes(content)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_what_the_owner_of_a_directory_swaps_for_a_moment_is_not_recorded(place: Place) -> None:
    inside, others = place.top / "inside", place.top / "others"
    for folder in (inside, others):
        folder.mkdir(0o700)
        (folder / "file").write_bytes(b"content")
    place.files.append(str(inside / "file"))

    def swap() -> None:
        for one, other in ((inside, "aside"), (others, "inside"), (inside, "others"), (place.top / "aside", "inside")):
            one.rename(place.top / other)

    place.leave(meanwhile=swap)
    assert place.recall() == RESULT, "what nobody else can do is no doubt"
    os.chown(str(inside), 65534, -1)
    place.leave(meanwhile=swap)
    assert place.is_bare()


def test_another_file_in_its_place_is_not_recorded(place: Place) -> None:
    def replace() -> None:
        other = place.top / "other"
        other.write_bytes(b"content")
        other.chmod(0o600)
        os.utime(str(other), ns=(0, 0))
        other.replace(place.files[1])

    place.leave(meanwhile=replace)
    assert place.is_bare()


def test_what_is_something_else_for_a_moment_is_not_recorded(place: Place) -> None:
    place.leave(meanwhile=lambda: _for_a_moment(Path(place.files[1])))
    assert place.is_bare()


def test_what_changes_meanwhile_is_not_recorded(place: Place) -> None:
    place.leave(meanwhile=lambda: Path(place.files[1]).write_bytes(b"other"))
    assert place.is_bare()
    place.leave()
    assert place.recall() == RESULT


def _refuse() -> None:
    raise KeysmithError("path: no.")


def _break() -> None:
    raise OSError(5, "")


@pytest.mark.parametrize(
    "given",
    [
        {"anchors": ["/nowhere/a"]},
        {"anchors": ["relative/a"]},
        {"anchors": ["/with\0/a"]},
        {"meanwhile": _refuse},
        {"meanwhile": _break},
    ],
    ids=["no file", "relative", "NUL", "refused", "broken"],
)
def test_what_cannot_be_recorded_does_no_harm(place: Place, given: t.Dict[str, t.Any]) -> None:
    place.leave(**given)
    assert place.recall() is None


def test_where_others_can_write_nothing_is_recorded(place: Place) -> None:
    place.top.chmod(0o770)
    place.leave()
    assert place.is_bare() and place.again == 0


def test_nothing_is_left_behind_a_link(place: Place) -> None:
    link = place.top / "link"
    link.symlink_to("b")
    place.leave([str(link)])
    assert records(place.files[1]) == [] and place.again == 0


def test_a_long_result_is_in_parts(place: Place) -> None:
    result = [{"random": os.urandom(xattrs.MOST).hex()}, []]
    place.leave(result=result)
    assert place.recall() is None
    place.leave(place.files, result=result)
    assert place.recall(place.files) == result
    assert place.recall(place.files[:2]) is None and place.recall(place.files[::-1]) is None

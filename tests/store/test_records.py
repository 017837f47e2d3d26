"""Our dataclasses and those of the standard library: nothing a program can see tells them apart."""

from __future__ import annotations

import copy
import dataclasses
import sys
import threading
import time

import pytest

from store.records import dataclass


def test_a_record_is_a_frozen_dataclass_with_fields_defaults_equality_and_a_repr() -> None:
    @dataclass(frozen=True)
    class Person:
        """Somebody."""

        name: str
        groups: tuple[str, ...] = ()
        values: dict[str, str] = dataclasses.field(default_factory=dict)

    ann = Person("Ann", groups=("Pilots",))
    assert ann == Person("Ann", ("Pilots",), {}) != Person("Bob")
    assert repr(ann).endswith("Person(name='Ann', groups=('Pilots',), values={})")
    assert dataclasses.asdict(dataclasses.replace(ann, name="Eve")) == {"name": "Eve", "groups": ("Pilots",), "values": {}}
    assert copy.deepcopy(ann) == ann
    assert Person("Ann").values is not Person("Ann").values
    with pytest.raises(dataclasses.FrozenInstanceError):
        ann.name = "Eve"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del ann.name
    with pytest.raises(TypeError, match="name"):
        Person()  # type: ignore[call-arg]
    match ann:
        case Person(name, groups):
            assert (name, groups) == ("Ann", ("Pilots",))
        case _:
            pytest.fail("no match by position")


def test_a_record_without_containers_can_be_a_key() -> None:
    @dataclass(frozen=True)
    class Key:
        """A key."""

        word: str

    assert {Key("a"): 1}[Key("a")] == 1


def test_a_record_adds_to_its_base_even_when_the_base_was_never_made() -> None:
    @dataclass(frozen=True)
    class Summary:
        """Little."""

        id: str

        def shout(self) -> str:
            return self.id.upper()

    @dataclass(frozen=True)
    class Detail(Summary):
        """More."""

        text: str

    detail = Detail("a", "b")
    assert (vars(detail), detail.shout(), vars(Summary("c"))) == ({"id": "a", "text": "b"}, "A", {"id": "c"})


def test_the_fields_are_known_before_one_is_made() -> None:
    @dataclass(frozen=True)
    class Row:
        """A row."""

        one: int
        two: int = 2

    assert [field.name for field in dataclasses.fields(Row)] == ["one", "two"]
    assert dataclasses.is_dataclass(Row)


def test_loading_a_class_writes_nothing_but_the_first_instance_its_init() -> None:
    @dataclass(frozen=True)
    class Row:
        """A row."""

        one: int

    @dataclass(frozen=True)
    class Line:
        """A line."""

        two: int

    shared, waiting = vars(Row)["__eq__"], vars(Row)["__init__"]
    assert vars(Line)["__eq__"] is shared
    Row(1)
    assert vars(Row)["__init__"] is not waiting


def test_one_that_may_change_is_equal_by_value_and_no_key() -> None:
    @dataclass
    class Draft:
        """A draft."""

        text: str
        notes: list[str] = dataclasses.field(default_factory=list)

    draft = Draft("a")
    draft.text = "b"
    assert draft == Draft("b")
    with pytest.raises(TypeError, match="unhashable"):
        hash(draft)


def test_a_class_keeps_its_own_methods_and_hides_what_a_field_hides() -> None:
    @dataclass(frozen=True)
    class Sealed:
        """Holds a secret."""

        name: str
        secret: str = dataclasses.field(default="", repr=False)

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Sealed) and other.name == self.name

        def __hash__(self) -> int:
            return hash(self.name)

    assert Sealed("a", "one") == Sealed("a", "two")
    assert len({Sealed("a", "one"), Sealed("a", "two")}) == 1
    assert "one" not in repr(Sealed("a", "one"))


def test_what_follows_the_making_is_called() -> None:
    @dataclass
    class Row:
        """A row."""

        one: int

        def __post_init__(self) -> None:
            self.one += 1

    assert Row(1).one == 2


def test_threads_may_make_the_first_one_at_once() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(30):

            @dataclass(frozen=True)
            class Row:
                """A row."""

                one: int
                two: str = ""

            wrong: list[BaseException] = []
            begin = time.perf_counter() + 0.002

            def make(kind: type[Row] = Row, begin: float = begin, wrong: list[BaseException] = wrong) -> None:
                while time.perf_counter() < begin:
                    pass
                try:
                    assert kind(1, two="b") == kind(1, "b")
                except BaseException as error:
                    wrong.append(error)

            threads = [threading.Thread(target=make) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert not wrong
    finally:
        sys.setswitchinterval(interval)

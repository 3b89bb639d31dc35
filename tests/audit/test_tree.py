"""The tree against the definition of RFC 9162, and against pymerkle, which we did not write."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as oracle_consistency
from pymerkle import verify_inclusion as oracle_inclusion

from vaiti.audit import tree

leaves = st.lists(st.binary(max_size=20), min_size=1, max_size=70)
few = settings(max_examples=60, deadline=None)


def grown(data: list[bytes]) -> tuple[tree.Grower, dict[tree.Place, bytes]]:
    grower = tree.Grower()
    nodes: dict[tree.Place, bytes] = {}
    for item in data:
        nodes.update(grower.append(tree.leaf_hash(item)))
    return grower, nodes


def defined_root(data: list[bytes]) -> bytes:
    """MTH, as section 2.1.1 writes it."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\x01" + defined_root(data[:k]) + defined_root(data[k:])).digest()


def oracle(data: list[bytes]) -> InmemoryTree:
    made = InmemoryTree(algorithm="sha256")
    for item in data:
        made.append_entry(item)
    return made


def test_an_empty_tree_has_the_hash_of_nothing_as_root() -> None:
    assert tree.Grower().root() == tree.EMPTY_ROOT == hashlib.sha256(b"").digest()


@few
@given(leaves)
def test_roots_agree_with_the_definition_and_with_pymerkle(data: list[bytes]) -> None:
    grower, nodes = grown(data)
    assert grower.root() == defined_root(data) == oracle(data).get_root()
    assert tree.range_hash(0, len(data), nodes) == grower.root()


@few
@given(leaves, st.data())
def test_a_tree_can_be_continued_from_its_right_edge(
    data: list[bytes], draw: st.DataObject
) -> None:
    at = draw.draw(st.integers(0, len(data)))
    _, nodes = grown(data[:at])
    grower = tree.Grower(at, {place: nodes[place] for place in tree.parts(0, at)})
    for item in data[at:]:
        list(grower.append(tree.leaf_hash(item)))
    assert grower.root() == defined_root(data)


def test_an_edge_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="right edge"):
        tree.Grower(3, {(0, 0): b""})


@few
@given(leaves, st.data())
def test_inclusion_proofs_agree_with_pymerkle(data: list[bytes], draw: st.DataObject) -> None:
    index = draw.draw(st.integers(0, len(data) - 1))
    size = draw.draw(st.integers(index + 1, len(data)))
    grower, nodes = grown(data[:size])
    path = [tree.range_hash(*span, nodes) for span in tree.inclusion_ranges(index, size)]
    hashed = tree.leaf_hash(data[index])
    assert tree.verify_inclusion(hashed, index, size, path, grower.root())
    theirs = oracle(data).prove_inclusion(index + 1, size)
    assert [bytes(step) for step in theirs.path[1:]] == path
    oracle_inclusion(hashed, grower.root(), theirs)


@few
@given(leaves, st.data())
def test_consistency_proofs_agree_with_pymerkle(data: list[bytes], draw: st.DataObject) -> None:
    new = draw.draw(st.integers(1, len(data)))
    old = draw.draw(st.integers(1, new))
    grower, nodes = grown(data[:new])
    path = [tree.range_hash(*span, nodes) for span in tree.consistency_ranges(old, new)]
    old_root = defined_root(data[:old])
    assert tree.verify_consistency(old, new, old_root, grower.root(), path)
    oracle_consistency(old_root, grower.root(), oracle(data).prove_consistency(old, new))


@few
@given(leaves, st.data())
def test_a_changed_proof_does_not_verify(data: list[bytes], draw: st.DataObject) -> None:
    index = draw.draw(st.integers(0, len(data) - 1))
    grower, nodes = grown(data)
    ranges = tree.inclusion_ranges(index, len(data))
    path = [tree.range_hash(*span, nodes) for span in ranges]
    hashed, root = tree.leaf_hash(data[index]), grower.root()
    assert not tree.verify_inclusion(hashed, index, len(data), [*path, root], root)
    assert not tree.verify_inclusion(hashed, len(data), len(data), path, root)
    assert not tree.verify_inclusion(bytes(32), index, len(data), path, root)
    for place in range(len(path)):
        broken = [*path[:place], bytes(32), *path[place + 1 :]]
        assert not tree.verify_inclusion(hashed, index, len(data), broken, root)


@few
@given(leaves, st.data())
def test_a_rewritten_past_does_not_verify(data: list[bytes], draw: st.DataObject) -> None:
    old = draw.draw(st.integers(1, len(data)))
    changed = draw.draw(st.integers(0, old - 1))
    grower, nodes = grown([*data[:changed], data[changed] + b"!", *data[changed + 1 :]])
    path = [tree.range_hash(*span, nodes) for span in tree.consistency_ranges(old, len(data))]
    old_root = defined_root(data[:old])
    assert not tree.verify_consistency(old, len(data), old_root, grower.root(), path)


def test_proofs_outside_the_tree_are_refused() -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        tree.inclusion_ranges(3, 3)
    for old, new in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="smaller tree"):
            tree.consistency_ranges(old, new)
        assert not tree.verify_consistency(old, new, tree.EMPTY_ROOT, tree.EMPTY_ROOT, [])

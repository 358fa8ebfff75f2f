"""Files as failing disks and torn lines leave them."""

from hypothesis import strategies as st


def damaged(data: st.DataObject, file: bytes, *where: st.SearchStrategy[int]) -> bytes:
    """Draw a copy of `file` with up to eight bytes changed, at places of one of `where`, and perhaps cut short."""
    copy = bytearray(file)
    for place, value in data.draw(st.lists(st.tuples(st.one_of(*where), st.integers(0, 255)), max_size=8)):
        copy[place] = value
    return bytes(copy[: data.draw(st.one_of(st.just(len(file)), st.integers(0, len(file))))])

"""A photo's rating for photo software: an XMP sidecar, a file beside the photo that leaves the photo as it is."""

from enum import IntEnum

from sqrt.rating import Rating, band

SUFFIX = ".xmp"
_MARK = 'x:xmptk="SQRT"'
_STARS = {"Excellent": 5, "Good": 4, "Fair": 3, "Weak": 2, "Poor": 1}
_REJECTED = -1


class Pick(IntEnum):
    """What was decided of a photo; the number is digiKam's."""

    REJECTED = 1, "Red"
    PENDING = 2, "Yellow"
    ACCEPTED = 3, "Green"

    label: str

    def __new__(cls, value: int, label: str) -> "Pick":
        member = int.__new__(cls, value)
        member._value_, member.label = value, label
        return member


def sidecar_name(name: str) -> str:
    """Return what the sidecar of a photo is called: ``IMG_1.JPG.xmp``.

    So look digiKam and darktable, and ``IMG_1.JPG`` and ``IMG_1.HEIC`` get one each. Adobe's ``IMG_1.xmp`` would gain
    nothing: Lightroom reads sidecars of raw files alone.
    """
    return name + SUFFIX


def sidecar(rating: Rating, pick: Pick) -> str:
    """Return the text of a photo's sidecar: stars by the word for its overall score, and what was decided.

    ``xmp:Rating`` has 1 to 5 stars, or -1 of a rejected photo (XMP part 1, 8.4). ``xmp:Label`` holds the colour, as
    Lightroom, darktable and digiKam name it; ``digiKam:PickLabel`` the flag, which digiKam keeps apart from the stars.
    """
    stars = _REJECTED if pick is Pick.REJECTED else _STARS[band(rating.overall)]
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" {_MARK}>
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    xmp:Rating="{stars}"
    xmp:Label="{pick.label}"
    digiKam:PickLabel="{pick.value}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


def is_ours(text: str) -> bool:
    """Whether a sidecar was written here, and by no other software since."""
    return _MARK in text

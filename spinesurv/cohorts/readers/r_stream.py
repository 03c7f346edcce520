"""R's serialisation format: vectors with their attributes, as saveRDS and save write them."""

from __future__ import annotations

import math
import re
import struct
from typing import Any

NA_INTEGER = -(2**31)
#: the low word that tells NA_real_ from an ordinary nan
NA_REAL_WORD = 1954

_LONGEST = 2**31
_WORD = re.compile(rb"\s*(\S+)")
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_SIGNS = {
    b"n": b"\n", b"t": b"\t", b"v": b"\v", b"b": b"\b", b"r": b"\r", b"f": b"\f", b"a": b"\a",
}  # fmt: skip
#: NULL, and environments and marks that stand for themselves
_ALONE = (254, 253, 252, 251, 250, 242, 241)
#: pairs: lists, functions, promises, calls, dots
_PAIRS = (2, 3, 5, 6, 17)
_LOGICAL, _INTEGER, _REAL, _COMPLEX, _STRING, _LIST, _EXPRESSION, _RAW = 10, 13, 14, 15, 16, 19, 20, 24


class Unreadable(Exception):
    """Something that a file of R may hold and a table of patients does not."""


class Node:
    """A vector of R with its attributes. `values` is None for what is no vector (functions, environments, pointers)."""

    def __init__(self, kind: int, values: Any) -> None:
        self.kind = kind
        self.values = values
        self.attributes: dict[str, Any] = {}

    @property
    def is_plain(self) -> bool:
        """Logical, integer, real or character vector."""
        return self.kind in (_LOGICAL, _INTEGER, _REAL, _STRING)

    @property
    def is_list(self) -> bool:
        return self.kind == _LIST

    def strings(self, name: str) -> list[str]:
        """An attribute of texts, [] where there is none."""
        node = self.attributes.get(name)
        return [v or "" for v in node.values] if isinstance(node, Node) and node.kind == _STRING else []


class Stream:
    """Reader of one serialised object.

    Parameters
    ----------
    content : bytes from the mark of the form on: "X" (big-endian), "B" (little-endian) or "A" (text)
    encoding : of texts that carry no encoding of their own, where the file does not say it
    """

    def __init__(self, content: bytes, encoding: str) -> None:
        self._content, self._at, self._encoding = content, 0, encoding
        self._references: list[Any] = []
        form = self._take(2)
        if form not in (b"X\n", b"B\n", b"A\n"):
            raise Unreadable("not a form that R writes")
        self._text, self._order = form == b"A\n", "<" if form == b"B\n" else ">"
        version = self._integers(3)[0]
        if version == 3:
            self._encoding = self._bytes(self._integers(1)[0]).decode("ascii", errors="replace")
        elif version != 2:
            raise Unreadable(f"version {version}")

    def read(self) -> Any:
        """The next object: a Node, a text, a dictionary (pairs by their tags), or None.

        Raises
        ------
        Unreadable
            What is there is no object of R, or of a kind that tables do not hold.
        """
        (flags,) = self._integers(1)
        kind, attributed, tagged = flags & 255, bool(flags & 512), bool(flags & 1024)
        if kind in _ALONE:
            return None
        if kind == 255:
            return self._references[(flags >> 8 or self._integers(1)[0]) - 1]
        if kind == 1:
            return self._kept(self.read())
        if kind == 9:
            text = self._character(flags)
            if attributed:
                self.read()
            return text
        if kind in _PAIRS:
            return self._pairs(attributed, tagged)
        if kind == 238:
            return self._alternative()
        if kind == 4:
            node = self._kept(Node(kind, None))
            self._integers(1)
            for _ in range(4):
                self.read()
            return node
        if kind in (247, 248, 249):  # packages and namespaces by their names
            _, length = self._integers(2)
            self._checked(length)
            return self._kept([self.read() for _ in range(length)])
        if kind in (7, 8):  # functions of R itself
            self._bytes(self._integers(1)[0])
            return None
        node = Node(kind, None)
        if kind in (22, 23):  # pointers, which do not outlive a session
            self._kept(node)
            if kind == 22:
                self.read()
                self.read()
        elif kind != 25:
            node.values = self._vector(kind)
        if attributed:
            node.attributes = self.read() or {}
        return node

    def _kept(self, value: Any) -> Any:
        self._references.append(value)
        return value

    def _character(self, flags: int) -> str | None:
        (length,) = self._integers(1)
        if length == -1:
            return None
        raw, said = self._bytes(length), flags >> 12
        try:
            if said & 4:
                return raw.decode("cp1252" if any(0x80 <= byte < 0xA0 for byte in raw) else "latin-1")
            return raw.decode("utf-8" if said & (8 | 64) else self._encoding)
        except LookupError:
            raise Unreadable("texts in an encoding that is not known") from None

    def _pairs(self, attributed: bool, tagged: bool) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            if attributed:
                self.read()
            tag = self.read() if tagged else None
            found[tag if isinstance(tag, str) else str(len(found))] = self.read()
            before = self._at
            (flags,) = self._integers(1)
            if flags & 255 == 254:
                return found
            if flags & 255 not in _PAIRS:  # the body of a function
                self._at = before
                found[str(len(found))] = self.read()
                return found
            attributed, tagged = bool(flags & 512), bool(flags & 1024)

    def _vector(self, kind: int) -> Any:
        if kind not in (_LOGICAL, _INTEGER, _REAL, _COMPLEX, _STRING, _LIST, _EXPRESSION, _RAW):
            raise Unreadable(f"type {kind} inside")
        (length,) = self._integers(1)
        self._checked(length)
        if kind in (_STRING, _LIST, _EXPRESSION):
            return [self.read() for _ in range(length)]
        if kind == _RAW:
            if self._text:
                return [self._word() for _ in range(length)]
            return self._take(length)
        if kind in (_REAL, _COMPLEX):
            return self._reals(length * (1 + (kind == _COMPLEX)))
        numbers = self._integers(length)
        if kind == _LOGICAL:
            return [None if v == NA_INTEGER else bool(v) for v in numbers]
        return [None if v == NA_INTEGER else v for v in numbers]

    def _reals(self, length: int) -> list[float | None]:
        """Numbers, with NA as None; an NA that carries a letter (of haven) stays a nan that carries it."""
        if self._text:
            words = [self._word() for _ in range(length)]
            return [
                None
                if w == b"NA"
                else float.fromhex(w.decode())
                if b"0x" in w
                else float(w.replace(b"Inf", b"inf"))
                for w in words
            ]
        raw = self._take(8 * length)
        bits = struct.unpack(f"{self._order}{length}Q", raw)
        values = struct.unpack(f"{self._order}{length}d", raw)
        return [None if v != v and na_letter(b) == "" else v for v, b in zip(values, bits, strict=True)]

    def _alternative(self) -> Any:
        """Compact sequences and wrapped vectors, as R since 3.5 writes them."""
        info, state, attributes = self.read(), self.read(), self.read()
        name = str(next(iter(info.values()))) if isinstance(info, dict) and info else ""
        if name == "compact_intseq":
            count, first, step = (int(v) for v in state.values)
            self._checked(count, in_file=False)
            node = Node(_INTEGER, list(range(first, first + count * step, step)) if step else [first] * count)
        elif name == "compact_realseq":
            count, start, step = state.values
            self._checked(int(count), in_file=False)
            node = Node(_REAL, [start + i * step for i in range(int(count))])
        elif name.startswith("wrap_"):
            node = next(iter(state.values())) if isinstance(state, dict) else state.values[0]
        elif name == "deferred_string":
            source = next(iter(state.values())) if isinstance(state, dict) else state.values[0]
            node = Node(_STRING, [None if v is None else _as_character(v) for v in source.values])
        else:
            raise Unreadable(f"compact form {name!r}")
        if attributes:
            node.attributes = attributes
        return node

    def _checked(self, length: int, *, in_file: bool = True) -> None:
        if not 0 <= length < _LONGEST or (in_file and length > len(self._content)):
            raise Unreadable("a vector of impossible length")

    def _take(self, length: int) -> bytes:
        if length < 0 or self._at + length > len(self._content):
            raise Unreadable("the file ends too early")
        self._at += length
        return self._content[self._at - length : self._at]

    def _word(self) -> bytes:
        found = _WORD.match(self._content, self._at)
        if found is None:
            raise Unreadable("the file ends too early")
        self._at = found.end()
        return found[1]

    def _integers(self, count: int) -> tuple[int, ...]:
        if not self._text:
            return struct.unpack(f"{self._order}{count}i", self._take(4 * count))
        words = [self._word() for _ in range(count)]
        return tuple(NA_INTEGER if word == b"NA" else int(word) for word in words)

    def _bytes(self, length: int) -> bytes:
        """A text of this length; in the form of text signs are escaped, blanks too."""
        if not self._text:
            return self._take(length)
        raw = _ESCAPED.sub(_unescaped, self._word()) if length else b""
        if len(raw) != length:
            raise Unreadable("a text of another length than it says")
        return raw


def na_letter(bits: int) -> str | None:
    """The letter of a missing value that haven tags ("a" to "z"), "" for a plain NA, None for any other nan."""
    if bits & 0xFFFFFFFF != NA_REAL_WORD:
        return None
    code = (bits >> 32) & 0xFF
    return chr(code) if 97 <= code <= 122 or 65 <= code <= 90 else ""


def _unescaped(found: re.Match[bytes]) -> bytes:
    sign = found[1]
    return bytes([int(sign, 8) & 255]) if sign[:1].isdigit() else _SIGNS.get(sign, sign)


def _as_character(value: float) -> str:
    """A number as as.character writes it, for whole numbers and usual fractions."""
    return str(int(value)) if math.isfinite(value) and float(value).is_integer() else f"{value:.15g}"

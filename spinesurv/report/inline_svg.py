"""Put an SVG file into a page: nothing fetched, nothing run, no name that clashes with another picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from spinesurv.errors import InputError

_DRAWING = {
    "svg", "g", "defs", "path", "use", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan",
    "clipPath", "title", "desc", "linearGradient", "radialGradient", "stop", "pattern", "image",
}  # fmt: skip
_DROPPED = {"metadata", "style"}
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def inline_svg(svg: str, *, name: str, title: str) -> str:
    """The `<svg>` element for a page, with a title for screen readers.

    Parameters
    ----------
    svg : text of the file
    name : unique in the page; put before every id
    title : what the picture shows, in one line

    Raises
    ------
    InputError
        The text is no SVG, or holds something that is not drawing (a script, a link to elsewhere).
    """
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise InputError(f"report, figure {name}: this is not SVG ({error}).") from None
    prefix = re.sub(r"[^A-Za-z0-9_-]", "-", name) + "--"
    _clean(root, prefix, name)
    width = root.attrib.pop("width", "")
    root.attrib.pop("height", None)
    root.attrib.pop("version", None)
    root.set("role", "img")
    root.set("aria-labelledby", prefix + "title")
    # matplotlib asks for these two by a style sheet that would reach the whole page
    root.set("style", f"stroke-linejoin:round;stroke-linecap:butt;--width:{width or '100%'}")
    heading = ElementTree.Element("title", {"id": prefix + "title"})
    heading.text = title
    root.insert(0, heading)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _clean(element: ElementTree.Element, prefix: str, name: str) -> None:
    element.tag = _local(element.tag)
    if element.tag not in _DRAWING:
        raise InputError(f"report, figure {name}: <{element.tag}> does not belong into a picture.")
    attributes = {_local(key): value for key, value in element.attrib.items()}
    element.attrib.clear()
    for key, value in attributes.items():
        if key.lower().startswith("on"):
            raise InputError(f"report, figure {name}: {key} does not belong into a picture.")
        if key == "href" and not value.startswith(("#", "data:image/png;")):
            raise InputError(f"report, figure {name}: it refers to something outside the page.")
        if key == "id" or (key == "href" and value.startswith("#")):
            value = value.replace("#", "#" + prefix, 1) if key == "href" else prefix + value
        element.set(key, _REFERENCE.sub(lambda m: f"url(#{prefix}{m.group(1)})", value))
    for child in list(element):
        if not isinstance(child.tag, str) or _local(child.tag) in _DROPPED:
            element.remove(child)
        else:
            _clean(child, prefix, name)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]

from __future__ import annotations

import pytest

from spinesurv.errors import InputError
from spinesurv.report.inline_svg import inline_svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="10pt" height="5pt">'


def test_ids_and_their_uses_get_the_name_of_the_figure():
    svg = f'{HEAD}<defs><clipPath id="p"><path id="m" d="M0 0"/></clipPath></defs><g clip-path="url(#p)"><use xlink:href="#m" style="fill:url(#p)"/></g></svg>'
    made = inline_svg(svg, name="forest 1", title="A & B")
    assert 'id="forest-1--p"' in made and 'clip-path="url(#forest-1--p)"' in made
    assert 'href="#forest-1--m"' in made and "fill:url(#forest-1--p)" in made
    assert '<title id="forest-1--title">A &amp; B</title>' in made
    assert "xmlns" not in made


def test_style_sheets_that_would_reach_the_page_are_dropped():
    made = inline_svg(
        f"{HEAD}<metadata>m</metadata><defs><style>*{{color: red}}</style></defs></svg>", name="a", title="t"
    )
    assert "color: red" not in made and "metadata" not in made


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        "<foreignObject/>",
        '<path onclick="x()"/>',
        '<use xlink:href="http://example.org/a.svg#b"/>',
        '<image href="file:///etc/passwd"/>',
        '<a href="javascript:x()"/>',
    ],
)
def test_what_is_no_drawing_is_refused(inside):
    with pytest.raises(InputError, match="figure a"):
        inline_svg(f"{HEAD}{inside}</svg>", name="a", title="t")


def test_what_is_no_svg_is_refused():
    with pytest.raises(InputError, match="not SVG"):
        inline_svg("<svg", name="a", title="t")
